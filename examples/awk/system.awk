# Starts another program.
BEGIN { if (system("echo started") != 0) exit 1 }
