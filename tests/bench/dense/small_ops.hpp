#pragma once
// The operations of a step that are no products: their rate beside that of a device copy.

namespace fluxscope::bench {

/// Prints a line of JSON for each operation and size, 256 KiB to 256 MiB read and written: its time
/// in a graph of launches that each take other memory (larger than the L2 together), that of
/// cudaMemcpyAsync between two places of the device that moves as many bytes, and copy time over
/// operation time as "share". "early_us": launches that may start early.
void print_small_ops();

}  // namespace fluxscope::bench
