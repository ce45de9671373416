// Modules of the tests of numpy, scipy, pandas and matplotlib that take seconds and pass outside a
// sandbox.

/** By folder: names of modules without their prefix `test_`. */
const byFolder: Readonly<Record<string, string>> = {
  "matplotlib.tests":
    "afm api backend_pdf container cycles font_manager fontconfig_pattern gridspec rcparams sankey textpath ticker type1font",
  "numpy.array_api.tests": "elementwise_functions",
  "numpy.core.tests":
    "api arraymethod custom_dtypes dlpack function_base indexerrors nep50_promotions print scalar_methods scalarprint unicode",
  "numpy.distutils.tests": "ccompiler_opt_conf misc_util system_info",
  "numpy.f2py.tests": "symbolic",
  "numpy.lib.tests": "_datasource mixins regression twodim_base utils",
  "numpy.ma.tests": "mrecords subclassing",
  "numpy.matrixlib.tests": "masked_matrix",
  "pandas.tests.arrays.categorical": "dtypes",
  "pandas.tests.config": "config",
  "pandas.tests.extension": "interval",
  "pandas.tests.frame.methods": "append dropna rename_axis",
  "pandas.tests.frame": "api",
  "pandas.tests.groupby.aggregate": "cython",
  "pandas.tests.groupby": "numba",
  "pandas.tests.indexes.categorical": "reindex",
  "pandas.tests.indexes.datetimes": "partial_slicing",
  "pandas.tests.indexes.multi": "formats",
  "pandas.tests.indexes.numeric": "join",
  "pandas.tests.indexes.ranges": "join",
  "pandas.tests.resample": "timedelta",
  "pandas.tests.reshape": "union_categoricals",
  "pandas.tests.series.methods": "align unstack",
  "scipy._lib.tests": "public_api",
  "scipy.integrate.tests": "banded_ode_solvers",
  "scipy.interpolate.tests": "interpnd",
  "scipy.io._harwell_boeing.tests": "fortran_format",
  "scipy.io.tests": "idl",
  "scipy.linalg.tests": "cythonized_array_utils interpolative",
  "scipy.ndimage.tests": "splines",
  "scipy.optimize.tests": "_spectral direct lsq_common quadratic_assignment zeros",
  "scipy.signal.tests": "fir_filter_design wavelets",
  "scipy.sparse.csgraph.tests": "shortest_path",
  "scipy.sparse.linalg._isolve.tests": "minres",
  "scipy.sparse.tests": "matrix_io",
  "scipy.spatial.tests": "slerp",
  "scipy.special.tests": "faddeeva",
};

/** Their full names. */
export const numericModules: readonly string[] = Object.entries(byFolder).flatMap(
  ([folder, names]) => names.split(" ").map((name) => `${folder}.test_${name}`),
);
