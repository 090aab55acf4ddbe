#include "base/hdf5/contents.hpp"

#include <fmt/format.h>

#include <bit>
#include <type_traits>

#include "base/hdf5/digest.hpp"

namespace fluxscope::hdf5 {
namespace {

// With its length ahead, so that no text can be taken for the end of one and the begin of another.
void add(Digest& digest, std::string_view text) {
  digest.update(fmt::format("{}:", text.size()));
  digest.update(text);
}

}  // namespace

void Contents::set_attribute(std::string const& group, std::string const& name,
                             Value const& value) {
  entries_[group + "@" + name] = std::visit(
      []<class Held>(Held const& held) -> std::string {
        if constexpr (std::is_same_v<Held, std::string>) {
          return held.substr(0, held.find_last_not_of('\0') + 1);
        } else if constexpr (std::is_floating_point_v<Held>) {
          return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(static_cast<double>(held)));
        } else {
          return std::to_string(held);
        }
      },
      value);
}

void Contents::set_column(std::string const& path, std::optional<Type> type, std::size_t rows,
                          std::optional<std::uint64_t> digest) {
  entries_[path] = fmt::format("{} {} {}", type ? name_of(*type) : "other", rows,
                               digest ? fmt::format("{:016x}", *digest) : "none");
}

std::uint64_t Contents::digest() const {
  Digest digest;
  for (auto const& [key, entry] : entries_) {
    add(digest, key);
    add(digest, entry);
  }
  return digest.value();
}

}  // namespace fluxscope::hdf5
