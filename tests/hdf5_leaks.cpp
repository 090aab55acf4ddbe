// Linked into tests that damage HDF5 files.

// HDF5 1.10 loses blocks of its own free lists where it refuses damaged metadata. LeakSanitizer
// asks the program by this name; nothing else calls it.
extern "C" char const* __lsan_default_suppressions();
extern "C" char const* __lsan_default_suppressions() { return "leak:H5FL__malloc"; }
