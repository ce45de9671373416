# Keeps Python waiting before it opens its program, and then leaves as if it had never been there.
#
# Python imports a module of this name when it starts. What it was told comes as one message on
# descriptor 3: the number of arguments, the arguments, then NAME=value, each ended by a NUL.
def _boot():
    import os, sys
    hidden = os.path.dirname(__file__)
    os.unlink(__file__)
    missing = []
    libraries = os.environ.pop("SALLYPORT_PRELOAD").split()
    for name in libraries:
        try:
            __import__(name)
        except Exception:
            missing.append(name)
    # What is here by now lives as long as the interpreter: no collection need look at it, least of
    # all the last one, which would take most of a short program's time.
    collector = __import__("gc")
    if libraries:
        collector.collect()
    collector.freeze()
    if "gc" not in libraries:
        sys.modules.pop("gc", None)
    del os.environ["PYTHONPATH"]
    sys.path.remove(hidden)
    sys.path_importer_cache.pop(hidden, None)
    # What comes after the request is looked for, read and compiled once before it: so the directories
    # of sys.path are known, and memory is there. Nothing of it is run.
    try:
        paths = sys.modules["_frozen_importlib_external"].PathFinder
        paths.find_spec(" ")
        found = paths.find_spec("sitecustomize")
        if found is not None:
            found.loader.get_code(found.name)
        compile("print('')", "", "exec")
    except Exception:
        pass  # it comes again, where it belongs
    had_time = "time" in sys.modules
    spent = __import__("time").process_time() * 1000  # os.times counts whole ticks of 10 ms
    if not had_time and "time" not in libraries:
        sys.modules.pop("time", None)
    os.write(3, " ".join([str(spent), *missing]).encode())
    message = os.read(3, 1 << 20)
    if not message:
        os._exit(0)
    os.write(3, b"go")
    os.close(3)
    count, *words = os.fsdecode(message).split("\0")[:-1]
    sys.argv[1:] = words[:int(count)]
    sys.orig_argv[len(sys.orig_argv):] = words[:int(count)]
    for variable in words[int(count):]:
        name, _, value = variable.partition("=")
        os.environ[name] = value
    for name in "random", "numpy.random":  # each program has random numbers of its own
        if name in sys.modules:
            sys.modules[name].seed()
    # The module of this name that is installed here comes as it always does. If there is none, the
    # error goes on to Python's own start, which expects it and says nothing.
    del sys.modules["sitecustomize"]
    import sitecustomize


_boot()
