#pragma once
// Tells a crash of libhdf5, which `--untrusted` bears, from one of ours.

namespace fluxscope::fuzz {

/// For a child process that reads first. A report of AddressSanitizer whose upper frames lie in
/// libhdf5 ends it by SIGKILL, as a signal would without the sanitizer; any other report ends it
/// with an exit code that no reader has. libFuzzer, in the parent, does not see either.
void end_quietly_where_libhdf5_crashes();

}  // namespace fluxscope::fuzz
