// Modules of Python's own test suite (libpython3.11-testsuite) that take only a moment and pass
// outside a sandbox.
//
// Modules that need a terminal, a mail server or minutes are left out. Each name is without its
// prefix `test_`.

/** Their names. */
export const pythonModules: readonly string[] = [
  "__future__ _locale _opcode _osx_support abc abstract_numbers aifc atexit audioop augassign",
  "baseexception bdb binascii binop bisect bool cgi charmapcodec class cmd cmath code",
  "code_module codeccallbacks codecencodings_cn codecencodings_hk codecencodings_iso2022",
  "codecencodings_kr codecencodings_tw codecmaps_cn codecmaps_hk codecmaps_jp codeop colorsys",
  "compare complex contains contextlib contextlib_async copy copyreg dbm dbm_dumb dbm_ndbm",
  "decorators defaultdict descrtut dict dict_version dictcomps dictviews doctest2 dynamic",
  "dynamicclassattribute enumerate eof epoll errno except_star exception_group",
  "exception_hierarchy exception_variations extcall fcntl file filecmp fileinput fileio",
  "fileutils finalization float flufl fnmatch format fractions frame frozen funcattrs future",
  "future3 future4 future5 generator_stop generators genericalias genericclass genericpath",
  "genexps getopt getpass getpath gettext global grammar graphlib grp hmac html imghdr imp",
  "index int_literal ipaddress isinstance iter iterlen keyword keywordonlyarg linecache list",
  "listcomps lltrace locale longexp mailcap memoryio memoryview metaclass mimetypes minidom",
  "mmap named_expressions netrc numeric_tower opcache opcodes openpty operator optparse osx_env",
  "patma picklebuffer pkg pkgutil plistlib popen positional_only_arg pprint print property",
  "pstats pty pulldom pwd pyexpat quopri raise repl reprlib resource richcmp rlcompleter",
  "robotparser sax scope script_helper secrets setcomps shlex slice smtpd sndhdr sort",
  "stable_abi_ctypes stat string stringprep strptime structseq subclassinit sunau super",
  "symtable syntax sys_setprofile sysconfig textwrap threadedtempfile timeit type_annotations",
  "type_cache type_comments typechecks types ucn unary unicode_file unicode_identifiers",
  "univnewlines unpack urllib2 urllib_response urlparse userdict userlist utf8source uu uuid",
  "wave weakset with wsgiref xdrlib xml_dom_minicompat xml_etree_c xxlimited xxtestfuzz",
  "yield_from zipapp zipimport",
].join(" ").split(" ");
