#include "base/hdf5/column/chunk_index.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hdf5/column/little_endian.hpp"

namespace fluxscope::hdf5 {
namespace {

// HDF5 File Format Specification Version 2.0, III.A.1: a version 1 B-tree of node type 1.
constexpr std::size_t kNodeHead = 24;
constexpr std::size_t kKeyBytes = 24;  // stored bytes, skipped filters, two offsets
constexpr std::size_t kEntryBytes = kKeyBytes + 8;
constexpr unsigned kMaxLevel = 8;  // 64^9 chunks

struct Node {
  unsigned level = 0;
  std::vector<std::byte> entries;  // of kEntryBytes each
};

class Index {
 public:
  Index(FileBytes const& file, ChunkBounds const& bounds, std::string const& where)
      : file_(file),
        bounds_(bounds),
        where_(where),
        expected_((bounds.rows + bounds.chunk_rows - 1) / bounds.chunk_rows) {
    // Each chunk has an entry in the index: a claim that no file of this
    // length can hold is refused before a chunk of it is looked at.
    if (expected_ > file.size() / kEntryBytes) {
      refuse(fmt::format("claims {} rows, more than its stored bytes can hold", bounds.rows));
    }
  }

  std::vector<StoredChunk> chunks(std::uint64_t address) {
    Node const root = node_at(address);
    if (root.level > kMaxLevel) refuse("has an index of chunks that is no such index");
    take(root);
    if (chunks_.size() != expected_) {
      refuse(fmt::format("claims {} rows, more than its stored bytes can hold ({} of {} chunks)",
                         bounds_.rows, chunks_.size(), expected_));
    }
    return std::move(chunks_);
  }

 private:
  [[noreturn]] void refuse(std::string const& problem) const {
    throw InputError(
        fmt::format("{}: {} (the file was changed or damaged); make it anew", where_, problem));
  }

  Node node_at(std::uint64_t address) const {
    std::vector<std::byte> head(kNodeHead);
    if (!file_.read(address, head)) refuse("has an index of chunks outside the file");
    LittleEndian from(head);
    constexpr std::uint32_t kSignature = 0x45455254;  // "TREE"
    constexpr std::uint8_t kChunks = 1;
    bool const is_index =
        from.take<std::uint32_t>() == kSignature && from.take<std::uint8_t>() == kChunks;
    Node node{.level = from.take<std::uint8_t>(), .entries = {}};
    std::size_t const entries = from.take<std::uint16_t>();
    if (!is_index || entries == 0) refuse("has an index of chunks that is no such index");
    node.entries.resize(entries * kEntryBytes);
    if (!file_.read(address + kNodeHead, node.entries)) {
      refuse("has an index of chunks outside the file");
    }
    return node;
  }

  // Every child is one level lower, and every leaf the next chunk: no work without end.
  void take(Node const& node) {
    LittleEndian from(node.entries);
    while (from.left() >= kEntryBytes) {
      auto const bytes = from.take<std::uint32_t>();
      auto const skipped = from.take<std::uint32_t>();
      auto const first_row = from.take<std::uint64_t>();
      from.take_bytes(8);  // the offset in the element: always 0
      auto const address = from.take<std::uint64_t>();
      if (node.level == 0) {
        take_chunk({address, bytes}, skipped, first_row);
        continue;
      }
      Node const child = node_at(address);
      if (child.level + 1 != node.level) refuse("has an index of chunks that is no such index");
      take(child);
    }
  }

  void take_chunk(StoredChunk const& chunk, std::uint32_t skipped, std::uint64_t first_row) {
    std::uint64_t const row = chunks_.size() * bounds_.chunk_rows;
    if (chunks_.size() == expected_ || first_row != row) {
      refuse(fmt::format("has a chunk at row {} where one at row {} should be", first_row, row));
    }
    bool const inside = chunk.address < file_.size() && chunk.bytes <= file_.size() - chunk.address;
    if (!inside || skipped != 0) {
      refuse(fmt::format("has a chunk at row {} that is absent, cut off or unfiltered", row));
    }
    if (chunk.bytes < bounds_.min_bytes || chunk.bytes > bounds_.max_bytes) {
      refuse(fmt::format("has a chunk at row {} of {} bytes (possible: {} to {})", row, chunk.bytes,
                         bounds_.min_bytes, bounds_.max_bytes));
    }
    chunks_.push_back(chunk);
  }

  FileBytes const& file_;
  ChunkBounds const& bounds_;
  std::string const& where_;
  std::uint64_t expected_;
  std::vector<StoredChunk> chunks_;
};

}  // namespace

std::vector<StoredChunk> read_chunk_index(FileBytes const& file, std::uint64_t address,
                                          ChunkBounds const& bounds, std::string const& where) {
  return Index(file, bounds, where).chunks(address);
}

}  // namespace fluxscope::hdf5
