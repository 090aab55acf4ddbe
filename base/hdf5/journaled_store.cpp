#include "base/hdf5/journaled_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.hpp"
#include "base/hdf5/digest.hpp"

namespace fluxscope::hdf5 {
namespace {

constexpr std::size_t kPage = 512;
constexpr std::array<char, 16> kMagic = {'f', 'l', 'u', 'x', 's', 'c', 'o', 'p',
                                         'e', '-', 'j', 'r', 'n', 'l', '2', '\n'};
// Of journals with another checksum, before schema 1.2.
constexpr std::array<char, 16> kOldMagic = {'f', 'l', 'u', 'x', 's', 'c', 'o', 'p',
                                            'e', '-', 'j', 'r', 'n', 'l', '1', '\n'};

// Last bytes of a file that holds a journal.
struct Trailer {
  std::uint64_t data_bytes = 0;  // length of the file without the journal
  std::uint64_t pages = 0;       // entries {page number, page} before the trailer
  std::uint64_t checksum = 0;    // digest of the entries
  std::array<char, 16> magic = kMagic;
};
static_assert(sizeof(Trailer) == 40);
constexpr std::size_t kEntryBytes = sizeof(std::uint64_t) + kPage;

std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage; }

}  // namespace

bool JournaledStore::in_memory(std::uint64_t offset) const {
  return failure_.has_value() || offset < committed_pages_ * kPageBytes;
}

void JournaledStore::read(std::uint64_t offset, std::span<std::byte> out) const {
  read_file(offset, out);
  if (changed_.empty()) return;
  std::uint64_t const end = offset + out.size();
  std::uint64_t const held = failure_ ? pages_of(end) : std::min(pages_of(end), committed_pages_);
  for (std::uint64_t page = offset / kPageBytes; page < held; ++page) {
    auto const found = changed_.find(page);
    if (found == changed_.end()) continue;
    std::uint64_t const first = std::max(offset, page * kPageBytes);
    std::uint64_t const last = std::min(end, (page + 1) * kPageBytes);
    std::memcpy(out.data() + (first - offset), found->second.data() + first % kPageBytes,
                last - first);
  }
}

void JournaledStore::write(std::uint64_t offset, std::span<std::byte const> bytes) {
  std::uint64_t const end = offset + bytes.size();
  size_ = std::max(size_, end);
  while (!bytes.empty()) {
    if (!in_memory(offset) && write_file(offset, bytes)) return;
    std::uint64_t const in_page = offset % kPageBytes;
    std::size_t const count = std::min<std::size_t>(bytes.size(), kPageBytes - in_page);
    std::memcpy(changed_page(offset / kPageBytes).data() + in_page, bytes.data(), count);
    offset += count;
    bytes = bytes.subspan(count);
  }
}

void JournaledStore::resize(std::uint64_t size) {
  // A shorter file is cut by commit(), after the journal is in.
  if (size > size_ && !failure_) static_cast<void>(cut_file(size));
  size_ = size;
}

void JournaledStore::check() const {
  if (failure_) throw InputError(*failure_);
}

void JournaledStore::commit() {
  check();
  std::vector<std::byte> journal(changed_.size() * kEntryBytes + sizeof(Trailer));
  std::byte* out = journal.data();
  for (auto const& [page, bytes] : changed_) {
    std::memcpy(out, &page, sizeof page);
    std::memcpy(out + sizeof page, bytes.data(), kPageBytes);
    out += kEntryBytes;
  }
  Trailer const trailer{
      .data_bytes = size_,
      .pages = changed_.size(),
      .checksum = digest_of(std::span(journal).first(changed_.size() * kEntryBytes))};
  std::memcpy(out, &trailer, sizeof trailer);

  // Behind every byte that the file may still need in its old state, and at the very end.
  std::uint64_t const begin = std::max(size_, committed_pages_ * kPageBytes);
  bool done = cut_file(begin) && write_file(begin, journal);
  for (auto page = changed_.begin(); done && page != changed_.end(); ++page) {
    done = write_file(page->first * kPageBytes, page->second);
  }
  if (!done || !cut_file(size_)) check();
  changed_.clear();
  committed_pages_ = pages_of(size_);
}

JournaledStore::Page& JournaledStore::changed_page(std::uint64_t page) {
  auto const [found, is_new] = changed_.try_emplace(page, kPageBytes);
  if (is_new) read_file(page * kPageBytes, found->second);
  return found->second;
}

void JournaledStore::read_file(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    ssize_t const got =
        ::pread(output_.descriptor(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && !failure_) throw output_.error("cannot be read back", std::strerror(errno));
    if (got <= 0) {
      std::fill(out.begin(), out.end(), std::byte{0});
      return;
    }
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

bool JournaledStore::write_file(std::uint64_t offset, std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    ssize_t const put =
        ::pwrite(output_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return refused("cannot be written");
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

bool JournaledStore::cut_file(std::uint64_t bytes) {
  return ::ftruncate(output_.descriptor(), static_cast<off_t>(bytes)) == 0 ||
         refused("cannot be given its length");
}

bool JournaledStore::refused(char const* action) {
  if (!failure_) failure_ = output_.error(action, std::strerror(errno));
  return false;
}

std::optional<std::vector<std::byte>> load_with_journal(std::string const& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return std::nullopt;
  auto const file_bytes = static_cast<std::uint64_t>(in.tellg());
  if (file_bytes < sizeof(Trailer)) return std::nullopt;
  Trailer trailer;
  in.seekg(static_cast<std::streamoff>(file_bytes - sizeof trailer));
  in.read(reinterpret_cast<char*>(&trailer), sizeof trailer);
  std::uint64_t const room = file_bytes - sizeof trailer;
  if (in && trailer.magic == kOldMagic) {
    throw InputError(path +
                     ": its writer was stopped in the middle of a step (the journal at its end is "
                     "of an older fluxscope); read it with the fluxscope that wrote it");
  }
  if (!in || trailer.magic != kMagic || trailer.pages > room / kEntryBytes ||
      trailer.data_bytes > room - trailer.pages * kEntryBytes) {
    return std::nullopt;
  }

  std::vector<std::byte> bytes(file_bytes);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(file_bytes));
  auto const entries = std::span<std::byte const>(bytes).subspan(room - trailer.pages * kEntryBytes,
                                                                 trailer.pages * kEntryBytes);
  if (!in || digest_of(entries) != trailer.checksum) return std::nullopt;

  std::uint64_t const journal_begin = room - trailer.pages * kEntryBytes;
  for (std::size_t i = 0; i < entries.size(); i += kEntryBytes) {
    std::uint64_t page = 0;
    std::memcpy(&page, entries.data() + i, sizeof page);
    if (page >= journal_begin / kPage) return std::nullopt;
    std::memcpy(bytes.data() + page * kPage, entries.data() + i + sizeof page, kPage);
  }
  bytes.resize(trailer.data_bytes);
  return bytes;
}

}  // namespace fluxscope::hdf5
