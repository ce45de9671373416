# Keeps Perl waiting before it reads its program, and then leaves as if it had never been there.
#
# Perl has opened a file of that name in /tmp by now; the program is copied into it. What it was told
# comes as one message on descriptor 3: the number of arguments, the arguments, then NAME=value, each
# ended by a NUL.
{
  local ($_, $/, $!, $@);
  open my $to, ">", "main.pl";
  unlink "main.pl", __FILE__;
  my @missing = grep { !eval "require $_; 1" } split " ", delete $ENV{SALLYPORT_PRELOAD};
  delete @ENV{qw(PERL5OPT PERL5LIB)};
  @INC = grep { $_ ne "/tmp" } @INC;
  delete $INC{"SallyportBoot.pm"};
  open my $socket, "+<&=", 3 or exit 1;
  my ($user, $system) = times;
  syswrite $socket, join " ", ($user + $system) * 1000, @missing;
  sysread $socket, my $message, 1 << 20 or exit 0;
  syswrite $socket, "go";
  close $socket;
  my ($count, @words) = split /\0/, $message, -1;
  pop @words;
  push @ARGV, splice @words, 0, $count;
  for (@words) {
    my ($name, $value) = split /=/, $_, 2;
    $ENV{$name} = $value;
  }
  open my $from, "<", "/sandbox/main.pl";
  print {$to} readline $from;
  close $to;
  chdir "/sandbox";
}
delete @main::{"SallyportBoot::", "__ANON__"};
1;
