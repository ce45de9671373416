// Programs of several files, as each language finds its own; and programs that were put whole.

import type { PeoplesPrograms } from "./program.ts";

/** Modules beside the program. */
export const projects: PeoplesPrograms = {
  "a package of Python with relative imports and data": {
    needs: ["/usr/bin/python3"],
    language: "python",
    files: {
      "shop/__init__.py": "from .price import price\n",
      "shop/price.py":
        "from importlib.resources import files\ndef price(n): return n * int(files('shop').joinpath('rate.txt').read_text())\n",
      "shop/rate.txt": "3\n",
    },
    code: "from shop import price\nprint(price(14))",
    prints: "42\n",
  },
  "python -m's way, with a directory of its own": {
    needs: ["/usr/bin/python3"],
    language: "python",
    files: {
      "app/main.py": "import os, sys, config\nprint(config.name, os.getcwd(), sys.path[0])\n",
      "app/config.py": "name = 'app'\n",
    },
    entry: "app/main.py",
    cwd: "app",
    prints: "app /sandbox/app /sandbox/app\n",
  },
  "modules of Node, old and new, and a package": {
    needs: ["/usr/bin/node"],
    language: "node",
    files: {
      "main.mjs":
        "import { a } from './lib/a.mjs';\nimport { createRequire } from 'node:module';\nimport dep from 'dep';\n" +
        "const b = createRequire(import.meta.url)('./lib/b.cjs');\nconsole.log(a + b + dep);\n",
      "lib/a.mjs": "export const a = 1;\n",
      "lib/b.cjs": "module.exports = 2;\n",
      "node_modules/dep/package.json": '{ "name": "dep", "main": "index.js" }\n',
      "node_modules/dep/index.js": "module.exports = 39;\n",
    },
    entry: "main.mjs",
    prints: "42\n",
  },
  "a library of Perl": {
    needs: ["/usr/bin/perl"],
    language: "perl",
    files: { "lib/Shop/Price.pm": "package Shop::Price; sub price { $_[0] * 3 } 1;\n" },
    code:
      'use FindBin; use lib "$FindBin::Bin/lib"; use Shop::Price;\nprint Shop::Price::price(14), qq{\\n};',
    prints: "42\n",
  },
  "require_relative in Ruby": {
    needs: ["/usr/bin/ruby"],
    language: "ruby",
    files: { "lib/price.rb": "def price(n) = n * 3\n" },
    code: "require_relative 'lib/price'\nputs price(14)",
    prints: "42\n",
  },
  "a header and a second file in C": {
    needs: ["/usr/bin/gcc"],
    language: "c",
    files: { "price.h": "int price(int);\n", "price.c": "int price(int n) { return n * 3; }\n" },
    code:
      '#include <stdio.h>\n#include "price.h"\n#include "price.c"\nint main() { printf("%d\\n", price(14)); }',
    prints: "42\n",
  },
  "include in PHP": {
    needs: ["/usr/bin/php"],
    language: "php",
    files: { "lib/price.php": "<?php function price($n) { return $n * 3; }\n" },
    code: "<?php require __DIR__ . '/lib/price.php'; echo price(14), \"\\n\";",
    prints: "42\n",
  },
  "require in Lua": {
    needs: ["/usr/bin/lua5.4"],
    language: "lua",
    files: { "price.lua": "return function(n) return n * 3 end\n" },
    code: "print(require('price')(14))",
    prints: "42\n",
  },
  "source in R": {
    needs: ["/usr/bin/Rscript"],
    language: "r",
    files: { "price.R": "price <- function(n) n * 3\n" },
    code: "source('price.R'); cat(price(14), '\\n')",
    prints: "42 \n",
  },
  "source in bash, from a directory with a space": {
    needs: ["/usr/bin/bash"],
    language: "bash",
    files: { "my lib/price.sh": "price() { echo $(($1 * 3)); }\n" },
    code: "source 'my lib/price.sh'; price 14",
    prints: "42\n",
  },
  "two classes of Java": {
    needs: ["/usr/bin/javac"],
    language: "java",
    files: {
      "shop/Price.java":
        "package shop; public class Price { public static int of(int n) { return n * 3; } }\n",
    },
    code:
      "import shop.Price;\npublic class Main { public static void main(String[] a) { System.out.println(Price.of(14)); } }",
    prints: "42\n",
  },
  "two modules of Rust": {
    needs: ["/usr/bin/rustc"],
    language: "rust",
    files: { "price.rs": "pub fn price(n: i32) -> i32 { n * 3 }\n" },
    code: 'mod price;\nfn main() { println!("{}", price::price(14)); }',
    prints: "42\n",
  },
};

/** Variables that say where libraries are. */
export const searchPaths: PeoplesPrograms = {
  NODE_PATH: {
    needs: ["/usr/bin/node"],
    language: "node",
    files: { "lib/price.js": "module.exports = 42;\n" },
    code: "console.log(require('price'))",
    env: { NODE_PATH: "lib" },
    prints: "42\n",
  },
  PERL5LIB: {
    needs: ["/usr/bin/perl"],
    language: "perl",
    files: { "lib/Price.pm": "package Price; our $n = 42; 1;\n" },
    code: "use Price; print qq{$Price::n\\n};",
    env: { PERL5LIB: "lib" },
    prints: "42\n",
  },
  RUBYLIB: {
    needs: ["/usr/bin/ruby"],
    language: "ruby",
    files: { "lib/price.rb": "PRICE = 42\n" },
    code: "require 'price'; puts PRICE",
    env: { RUBYLIB: "lib" },
    prints: "42\n",
  },
  LUA_PATH: {
    needs: ["/usr/bin/lua5.4"],
    language: "lua",
    files: { "lib/price.lua": "return 42\n" },
    code: "print((require('price')))",
    env: { LUA_PATH: "lib/?.lua" },
    prints: "42\n",
  },
  TZ: {
    needs: ["/usr/bin/perl", "/usr/share/zoneinfo/Asia/Tokyo"],
    language: "perl",
    code: "print scalar(localtime(0)), qq{\\n};",
    env: { TZ: "Asia/Tokyo" },
    prints: "Thu Jan  1 09:00:00 1970\n",
  },
  PYTHONHASHSEED: {
    needs: ["/usr/bin/python3"],
    language: "python",
    code: "print(hash('x'))",
    env: { PYTHONHASHSEED: "0" },
    prints: /^-?\d+\n$/,
  },
};

/** Names of variables that no shell would take. */
export const names: PeoplesPrograms = Object.fromEntries(
  ["É", "npm_config_//registry/:x", "a.b-c", "1", "%ProgramFiles(x86)%", "with space", "日本"].map((
    name,
  ) => [name, {
    needs: ["/usr/bin/python3"],
    language: "python",
    code: "import os, sys\nprint(os.environ[sys.argv[1]])",
    args: [name],
    env: { [name]: "value of it" },
    prints: "value of it\n",
  }]),
);
