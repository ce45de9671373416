// Tests of Perl that do not pass outside a sandbox either, because they must be inside Perl's source
// tree, or that take seconds.

/** Their names. */
export const outsidePerl = new Set<string>(
  `
  base/term.t cmd/mod.t io/crlf_through.t io/eintr.t io/eintr_print.t io/errnosig.t io/getcwd.t
  io/open.t io/perlio.t io/perlio_fail.t io/pipe.t io/tell.t io/through.t
  mro/package_aliases_utf8.t op/alarm.t op/caller.t op/chdir.t op/closure.t op/cond.t
  op/coreamp.t op/coresubs.t op/do.t op/dump.t op/filetest.t op/flip.t op/fork.t op/getppid.t
  op/glob.t op/goto_xs.t op/heredoc.t op/inccode-tie.t op/inccode.t op/index_thr.t op/lfs.t
  op/list.t op/localref.t op/magic.t op/method.t op/read.t op/readdir.t op/readline.t
  op/require_37033.t op/require_errors.t op/sigdispatch.t op/signatures.t op/sleep.t op/srand.t
  op/sselect.t op/stash.t op/stat.t op/stat_errors.t op/substr_thr.t op/svleak.t op/switch.t
  op/sysio.t op/taint.t op/threads-dirh.t op/threads.t op/tie.t op/time.t op/utf8cache.t
  op/utftaint.t op/write.t opbasic/concat.t re/alpha_assertions.t re/anyof.t
  re/bigfuzzy_not_utf8.t re/charset.t re/fold_grind_8.t re/fold_grind_T.t re/fold_grind_a.t
  re/fold_grind_aa.t re/fold_grind_d.t re/fold_grind_l.t re/fold_grind_u.t re/pat.t
  re/pat_advanced.t re/pat_advanced_thr.t re/pat_psycho.t re/pat_psycho_thr.t re/pat_re_eval.t
  re/pat_re_eval_thr.t re/pat_rt_report.t re/pat_rt_report_thr.t re/pat_special_cc_thr.t
  re/pat_thr.t re/reg_email.t re/reg_email_thr.t re/reg_fold.t re/reg_namedcapture.t
  re/regex_sets_compat.t re/regexp.t re/regexp_noamp.t re/regexp_nonull.t re/regexp_notrie.t
  re/regexp_qr.t re/regexp_qr_embed.t re/regexp_qr_embed_thr.t re/regexp_trielist.t
  re/regexp_unicode_prop_thr.t re/speed.t re/speed_thr.t re/substT.t re/subst_wamp.t
  re/uniprops01.t re/uniprops02.t re/uniprops03.t re/uniprops04.t re/uniprops05.t re/uniprops06.t
  re/uniprops07.t re/uniprops08.t re/uniprops09.t re/uniprops10.t re/user_prop_race_thr.t
  uni/fold.t uni/greek.t uni/latin2.t uni/lower.t uni/title.t uni/upper.t uni/variables.t
`.trim().split(/\s+/),
);
