#include "base/hdf5/column/chunk_layout.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "base/hdf5/column/little_endian.hpp"

// Names and numbers: HDF5 File Format Specification Version 2.0, IV.A.1.b and IV.A.2.i.
namespace fluxscope::hdf5 {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 1 << 20;
constexpr std::size_t kMaxBlocks = 64;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint8_t kLayoutMessage = 0x08;
constexpr std::uint8_t kContinuationMessage = 0x10;
constexpr std::uint8_t kShared = 0x02;
constexpr std::uint8_t kCreationOrder = 0x04;  // flags of the header
constexpr std::uint8_t kPhaseChange = 0x10;
constexpr std::uint8_t kTimes = 0x20;

bool begins_with(std::span<std::byte const> bytes, std::string_view signature) {
  return bytes.size() == signature.size() &&
         std::equal(bytes.begin(), bytes.end(), signature.begin(),
                    [](std::byte byte, char letter) { return byte == std::byte(letter); });
}

struct Block {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // of messages
};

class Header {
 public:
  Header(FileBytes const& file, std::uint64_t address) : file_(file) { open(address); }

  std::optional<ChunkLayout> find_layout() {
    for (std::size_t taken = 0; !blocks_.empty() && taken < kMaxBlocks; ++taken) {
      Block const block = blocks_.front();
      blocks_.pop_front();
      if (block.bytes > kMaxHeaderBytes) return std::nullopt;
      std::vector<std::byte> messages(block.bytes);
      if (!file_.read(block.offset, messages)) return std::nullopt;
      if (auto const layout = find_in(messages)) return layout;
    }
    return std::nullopt;
  }

 private:
  void open(std::uint64_t address) {
    std::array<std::byte, 34> prefix{};  // as long as it may be
    if (!file_.read(address, prefix)) return;
    LittleEndian from(prefix);
    if (!begins_with(from.take_bytes(4), "OHDR") || from.take<std::uint8_t>() != 2) return;
    flags_ = from.take<std::uint8_t>();
    if ((flags_ & kTimes) != 0) from.take_bytes(16);
    if ((flags_ & kPhaseChange) != 0) from.take_bytes(4);
    std::uint64_t bytes = 0;
    for (unsigned i = 0; i < (1u << (flags_ & 3u)); ++i) {
      bytes |= std::uint64_t{from.take<std::uint8_t>()} << 8 * i;
    }
    blocks_.push_back({address + prefix.size() - from.left(), bytes});
  }

  std::optional<ChunkLayout> find_in(std::span<std::byte const> messages) {
    LittleEndian from(messages);
    while (from.left() >= 4) {
      auto const type = from.take<std::uint8_t>();
      auto const bytes = from.take<std::uint16_t>();
      auto const flags = from.take<std::uint8_t>();
      if ((flags_ & kCreationOrder) != 0) from.take_bytes(2);
      LittleEndian message(from.take_bytes(bytes));
      if (!from.ok()) break;
      if (type == kContinuationMessage) add_continuation(message);
      if (type == kLayoutMessage) return (flags & kShared) != 0 ? std::nullopt : layout_of(message);
    }
    return std::nullopt;
  }

  void add_continuation(LittleEndian& message) {
    auto const offset = message.take<std::uint64_t>();
    auto const bytes = message.take<std::uint64_t>();
    std::array<std::byte, 4> signature{};
    if (!message.ok() || bytes < signature.size() + kChecksumBytes) return;
    if (!file_.read(offset, signature) || !begins_with(signature, "OCHK")) return;
    blocks_.push_back({offset + signature.size(), bytes - signature.size() - kChecksumBytes});
  }

  static std::optional<ChunkLayout> layout_of(LittleEndian& message) {
    constexpr std::uint8_t kVersion = 3;
    constexpr std::uint8_t kChunked = 2;
    constexpr std::uint8_t kDimensions = 2;  // the rows and the bytes of an element
    if (message.take<std::uint8_t>() != kVersion || message.take<std::uint8_t>() != kChunked ||
        message.take<std::uint8_t>() != kDimensions) {
      return std::nullopt;
    }
    ChunkLayout layout;
    layout.index_address = message.take<std::uint64_t>();
    layout.chunk_rows = message.take<std::uint32_t>();
    layout.element_bytes = message.take<std::uint32_t>();
    if (!message.ok()) return std::nullopt;
    return layout;
  }

  FileBytes const& file_;
  std::uint8_t flags_ = 0;
  std::deque<Block> blocks_;
};

}  // namespace

std::optional<ChunkLayout> chunk_layout_at(FileBytes const& file, std::uint64_t address) {
  return Header(file, address).find_layout();
}

}  // namespace fluxscope::hdf5
