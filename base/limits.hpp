#pragma once
// What one input may ask for at most. Each limit is far above what a model or a GPU of today needs,
// and low enough that everything below it fits a workstation: what is beyond is refused before
// memory or time is spent on it.

#include <cstddef>
#include <cstdint>

namespace fluxscope::limits {

// Texts that are read whole.
inline constexpr std::uint64_t kConfigBytes = std::uint64_t{4} << 20;  ///< TOML, TSV of scores
inline constexpr std::uint64_t kSafetensorsHeaderBytes = std::uint64_t{32} << 20;
// Gates are read line by line.
inline constexpr std::uint64_t kGateFileBytes = std::uint64_t{4} << 30;
inline constexpr std::uint64_t kPatternBytes = std::uint64_t{16} << 20;  ///< of other projects
inline constexpr std::size_t kLineBytes = std::size_t{16} << 20;
inline constexpr std::int64_t kDecisions = std::int64_t{1} << 25;  ///< requests x layers x KV heads
inline constexpr std::int64_t kRequests = std::int64_t{1} << 20;   ///< of one file of gates

// Request traces are read line by line.
inline constexpr std::uint64_t kRequestFileBytes = std::uint64_t{4} << 30;
inline constexpr std::size_t kTraceRequests = std::size_t{1} << 24;
// So are tables of cases, which are written again row by row.
inline constexpr std::uint64_t kCaseTableBytes = std::uint64_t{16} << 30;
// Tables of times.
inline constexpr std::uint64_t kTimesBytes = std::uint64_t{1} << 30;
inline constexpr std::size_t kTimedRows = 1'000'000;

// The form of a text.
inline constexpr int kNesting = 32;   ///< levels of brackets in TOML and JSON
inline constexpr int kKeyParts = 16;  ///< "a.b.c" has 3
inline constexpr std::size_t kListEntries = std::size_t{1} << 16;
inline constexpr std::size_t kLabelBytes = 200;                   ///< names and labels
inline constexpr std::size_t kTextBytes = std::size_t{64} << 10;  ///< any other text of a config

// A model.
inline constexpr std::int64_t kLayers = 4096;
inline constexpr std::int64_t kHeads = 4096;
inline constexpr std::int64_t kModelSize = std::int64_t{1} << 24;  ///< hidden_size and the like

// One layer of a batch.
inline constexpr std::int64_t kBatch = 1024;
inline constexpr std::int64_t kTokens = std::int64_t{8} << 20;    ///< of a request
inline constexpr std::int64_t kKvBlocks = std::int64_t{1} << 27;  ///< requests x KV heads x blocks
inline constexpr std::int64_t kTileRows = std::int64_t{1} << 25;  ///< requests x heads x q_blocks
/// requests x q_heads x layers
inline constexpr std::int64_t kSelections = std::int64_t{1} << 26;

// An experiment, a sweep.
inline constexpr std::int64_t kRows = 100'000;
inline constexpr std::int64_t kRowLayers = std::int64_t{1} << 24;          ///< rows x layers
inline constexpr std::int64_t kPlannedSelections = std::int64_t{1} << 32;  ///< of all rows
inline constexpr std::int64_t kCaseSelections = std::int64_t{1} << 28;     ///< of distinct layers
inline constexpr std::int64_t kStepRequests = std::int64_t{1} << 24;       ///< of all steps
inline constexpr std::int64_t kStepLaunches = std::int64_t{1} << 22;       ///< of a trace
inline constexpr std::int64_t kKeptTiles = std::int64_t{1} << 27;          ///< of a trace
inline constexpr std::int64_t kSweepPoints = 2'000'000;
inline constexpr std::size_t kSweepGpus = 255;  ///< a point stores its GPU in a byte

// What is printed.
inline constexpr std::size_t kShownCharacters = 80;  ///< of a value in a message
inline constexpr std::size_t kMessageBytes = 1500;

}  // namespace fluxscope::limits
