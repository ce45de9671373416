// Programs that do not pass on this kind of machine without a sandbox either: they ask for another
// version or another shell, for what is beside them in their source, for minutes, or they print the
// time. So nothing is learned from them here.

/** By suite: their names. */
export const outside: Readonly<Record<string, string>> = {
  c: `
    03_struct.c 31_args.c 33_ternary_op.c 34_array_assignment.c 38_multiple_array_index.c
    46_grep.c 70_floating_point_literals.c 93_integer_promotion.c 95_bitfields.c 95_bitfields_ms.c`,
  bash: `
    alias.tests array.tests assoc.tests builtins.tests case.tests comsub-posix.tests comsub.tests
    cond.tests coproc.tests exp.tests extglob.tests glob.tests heredoc.tests histexp.tests
    intl.tests iquote.tests jobs.tests more-exp.tests nameref.tests new-exp.tests nquote.tests
    nquote1.tests nquote2.tests nquote3.tests nquote4.tests nquote5.tests parser.tests
    posixexp.tests printf.tests procsub.tests quote.tests read.tests test.tests trap.tests
    varenv.tests vredir.tests`,
  sh: `
    misc/exitcode_trap2.tests alias/alias.tests arith/arith-bash1.tests arith/arith-postinc.tests arith/arith.tests
    comm/comm.tests getopts/getopt_optarg.tests getopts/getopt_simple.tests
    getopts/getopt_test_libc_bug.tests glob/glob2.tests heredoc/heredoc.tests
    heredoc/heredoc8.tests heredoc/heredoc_backquote1.tests heredoc/heredoc_backslash1.tests
    heredoc/heredoc_bkslash_newline2.tests misc/assignment2.tests misc/command2.tests
    misc/control_char3.tests misc/control_char4.tests misc/echo_write_error.tests
    misc/empty_args.tests misc/exec.tests misc/exitcode2.tests misc/exitcode_EACCES.tests
    misc/exitcode_ENOENT.tests misc/export1.tests misc/for_with_bslashes.tests misc/func2.tests
    misc/func_bash1.tests misc/local1.tests misc/local2.tests misc/pipefail.tests misc/read.tests
    misc/shift.tests misc/shift1.tests misc/source5.tests misc/source_argv_and_shift.tests
    misc/tickquote1.tests misc/unicode1.tests parsing/brace1.tests parsing/escape1.tests
    parsing/escape3.tests parsing/escape5.tests parsing/groups_and_keywords2.tests
    parsing/noeol3.tests psubst/bash_procsub.tests psubst/emptytick.tests psubst/falsetick.tests
    psubst/tick3.tests quoting/bkslash_in_varexp.tests quoting/dollar_repl_bash1.tests
    quoting/dollar_repl_slash_bash1.tests quoting/dollar_repl_slash_bash2.tests
    quoting/dollar_squote_bash1.tests quoting/dollar_squote_bash2.tests quoting/mode_x.tests
    read/read_REPLY.tests read/read_d0.tests read/read_n.tests read/read_t.tests
    read/read_t0.tests redir/redir.tests redir/redir2.tests redir/redir3.tests redir/redir4.tests
    redir/redir6.tests redir/redir7.tests redir/redir8.tests redir/redir_exec1.tests
    redir/redir_to_bad_fd.tests redir/redir_to_bad_fd255.tests redir/redir_to_bad_fd3.tests
    signals/savetrap.tests signals/sigint1.tests signals/signal4.tests signals/signal5.tests
    signals/signal8.tests vars/glob_and_vars.tests vars/param_expand_alt.tests
    vars/param_expand_assign.tests vars/param_expand_bash_substring.tests
    vars/param_expand_default.tests vars/param_expand_indicate_error.tests vars/readonly0.tests
    vars/unset.tests vars/var-pattern-replacement-in-parameter-expansion-1.tests
    vars/var-pattern-replacement-in-parameter-expansion-2.tests
    vars/var-pattern-replacement-in-parameter-expansion-3.tests
    vars/var-pattern-replacement-in-parameter-expansion-4.tests
    vars/var-pattern-replacement-in-parameter-expansion-5.tests vars/var-utf8-length.tests
    vars/var6.tests vars/var_LINENO1.tests vars/var_LINENO2.tests vars/var_LINENO3.tests
    vars/var_bash1.tests vars/var_bash1a.tests vars/var_bash1b.tests vars/var_bash2.tests
    vars/var_bash3.tests vars/var_bash4.tests vars/var_bash5.tests vars/var_bash6.tests
    vars/var_bash7.tests vars/var_bash_pattern_starting_with_slash.tests
    vars/var_bash_repl_empty_pattern.tests vars/var_bash_repl_empty_var.tests
    vars/var_unbackslash.tests`,
  lua: `
    printf.lua echo.lua env.lua fib.lua readonly.lua sieve.lua trace-globals.lua`,
  php: `
    ext/standard/tests/file/002.phpt ext/standard/tests/general_functions/proc_open_array.phpt
    ext/standard/tests/strings/chunk_split_variation9.phpt`,
  numeric: `
    pandas.tests.groupby.test_numba`,
  java: `
    org.apache.commons.codec.binary.Base16Test
    org.apache.commons.codec.binary.Base32OutputStreamTest
    org.apache.commons.codec.binary.Base64OutputStreamTest
    org.apache.commons.codec.digest.DigestUtilsTest org.apache.commons.codec.digest.HmacUtilsTest
    org.apache.commons.codec.digest.MessageDigestAlgorithmsTest
    org.apache.commons.codec.digest.XXHash32Test`,
  cpp: `
    example/calendar.cpp example/comprehensions.cpp gtx/gtx_simd_mat4.cpp`,
  node: `
    test-crypto-dh-generate-keys.js test-child-process-reject-null-bytes.js test-event-capture-rejections.js test-fs-fchown.js
    test-fs-watch-recursive.js test-http-client-headers-array.js test-http-header-badrequest.js
    test-http-status-message.js test-path-dirname.js
    test-process-getactiveresources-track-active-requests.js test-process-initgroups.js
    test-process-release.js test-readline-async-iterators-backpressure.js`,
  r: `
    tests/PCRE.R tests/encodings.R tests/eval-etc-2.R tests/eval-etc.R tests/gct-foot.R
    tests/reg-IO2.R tests/reg-examples1.R tests/reg-examples2.R tests/reg-S4.R tests/reg-large.R
    tests/reg-packages.R tests/reg-tests-1c.R tests/reg-win.R tests/test-system.R tests/utf8.R
    tests/CRANtools.R demo/grDevices/hclColors.R tests/arith-true.R tests/d-p-q-r-tests.R
    tests/d-p-q-r-tst-2.R tests/demos.R tests/demos2.R tests/p-qbeta-strict-tst.R
    tests/p-r-random-tests.R tests/primitives.R tests/reg-S4-examples.R tests/r-strict-tst.R`,
  rust: `threads-sendsync/task-comm-16.rs`,
};
