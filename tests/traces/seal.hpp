#pragma once
// Makes a changed file's digests right again, as someone who forges a trace would.

#include <string>

namespace fluxscope::testing {

/// Gives every readable column of ours (of one dimension and at most a million rows) the digest of
/// its values, takes that of the others away, and gives the root that of the contents.
void seal(std::string const& path);

/// Takes all digests away: a file of before schema 1.2 has none.
void unseal(std::string const& path);

/// Says "1.1.0" and takes all digests away.
void make_1_1(std::string const& path);

}  // namespace fluxscope::testing
