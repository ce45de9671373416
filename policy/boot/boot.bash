# Keeps bash waiting before it opens its program. Bash reads this file when it starts. A line on
# descriptor 3 says go: read(1) takes a byte at a time, and so no arguments from a message.
printf 0 >&3
read -r -u 3 SALLYPORT_PRELOAD || exit 0
printf go >&3
exec 3>&-
unset BASH_ENV SALLYPORT_PRELOAD
SECONDS=0
: /bin/bash # what $_ is when bash starts
