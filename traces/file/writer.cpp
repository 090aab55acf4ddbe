#include "traces/file/writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <tuple>
#include <type_traits>

#include "base/error.hpp"
#include "base/hdf5/library_version.hpp"
#include "traces/file/table_writer.hpp"

namespace fluxscope::traces {
namespace {

using Tables =
    std::tuple<TableWriter<CaseRecord>, TableWriter<RowRecord>, TableWriter<RowLayerRecord>,
               TableWriter<TileRow>, TableWriter<SampleRecord>, TableWriter<LaunchRecord>,
               TableWriter<SmRecord>, TableWriter<CtaRecord>, TableWriter<WorkRecord>,
               TableWriter<WarpRecord>, TableWriter<TileTimeRecord>, TableWriter<CounterRecord>,
               TableWriter<ActivityRecord>, TableWriter<OverheadRecord>,
               TableWriter<CrosscheckRecord>, TableWriter<SmClockRecord>, TableWriter<PassRecord>,
               TableWriter<LossRecord>>;

constexpr std::size_t kStringChunk = 1024;
constexpr std::size_t kBlobChunk = 8192;

template <class Info>
void write_attributes(hdf5::FileWriter& file, Info const& info) {
  AttributeGroup<Info> const& group = attributes<Info>();
  if (auto const problem = find_violation(group, info)) throw ContractError("trace: " + *problem);
  for (Column<Info> const& column : group.columns) {
    std::visit(
        [&]<class Field>(Field Info::*member) {
          using Stored = std::conditional_t<std::is_same_v<Field, bool>, std::uint8_t, Field>;
          file.set_attribute(std::string(group.group).c_str(), std::string(column.name).c_str(),
                             static_cast<Stored>(info.*member));
        },
        column.member);
  }
}

// The root's own attributes, beside those of RunInfo.
void write_root(hdf5::FileWriter& file, RunInfo const& run) {
  file.set_attribute("/", "schema", std::string(kSchemaName));
  file.set_attribute("/", "schema_version", std::string(kSchemaVersion));
  file.set_attribute("/", "complete", std::uint8_t{0});
  file.set_attribute("/", "creator", std::string("fluxscope"));
  file.set_attribute("/", "hdf5_version", hdf5::library_version());
  write_attributes(file, run);
}

// A folder cannot be replaced by the file at the end of the run: better said at its beginning.
std::string output_path(std::string path) {
  if (std::filesystem::is_directory(path)) {
    throw InputError(path + ": is a folder (the trace would be a file of that name) give a file");
  }
  return path;
}

// A rename is on the disk once its folder is.
void sync_folder(std::filesystem::path const& path) {
  auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  int const fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // a folder that may be written but not read: the rename itself is done
  static_cast<void>(::fsync(fd));
  ::close(fd);
}

}  // namespace

struct TraceWriter::Impl {
  std::string path;
  std::string temporary;
  std::int32_t sm_count;
  bool open = true;  // false after finish() and after a failure in the middle of an append
  StringTable strings;
  std::size_t strings_written = 0;
  std::uint64_t blob_bytes = 0;
  std::vector<std::byte> buffer;
  hdf5::FileWriter file;  // outlives the columns
  std::unique_ptr<hdf5::ColumnWriter> offsets;
  std::unique_ptr<hdf5::ColumnWriter> blob;
  std::unique_ptr<Tables> tables;

  Impl(std::string final_path, RunInfo const& run, DeviceInfo const& device)
      : path(output_path(std::move(final_path))),
        temporary(path + ".tmp"),
        sm_count(device.sm_count),
        file(temporary) {
    write_root(file, run);
    for (char const* group : {"/strings", "/device", "/clock"}) file.create_group(group);
    write_attributes(file, device);
    write_attributes(file, ClockInfo{});
    offsets = std::make_unique<hdf5::ColumnWriter>(create_column(
        file, "/strings/offset", hdf5::Type::u64, kStringChunk, "byte", "begin of text i",
        "text i is blob[offset[i] : offset[i + 1]]; text 0 is empty", std::string("none")));
    blob = std::make_unique<hdf5::ColumnWriter>(
        create_column(file, "/strings/blob", hdf5::Type::u8, kBlobChunk, "byte", "texts",
                      "UTF-8, one behind the other", std::string("none")));
    tables = std::make_unique<Tables>(make_tables(std::type_identity<Tables>{}));
    std::uint64_t const first = 0;
    offsets->append(&first, 1);
  }

  template <class... Writers>
  std::tuple<Writers...> make_tables(std::type_identity<std::tuple<Writers...>>) {
    return std::tuple<Writers...>{Writers(file)...};
  }

  template <class Record>
  TableWriter<Record>& of() {
    return std::get<TableWriter<Record>>(*tables);
  }

  Bounds bounds(std::size_t new_launches = 0) {
    return {.cases = of<CaseRecord>().rows(),
            .launches = of<LaunchRecord>().rows() + new_launches,
            .rows = of<RowRecord>().rows(),
            .sm_count = sm_count};
  }

  template <class Record>
  void append(std::span<Record const> records) {
    of<Record>().append(records, strings, buffer);
  }

  void append_strings() {
    std::string bytes;
    std::vector<std::uint64_t> ends;
    for (; strings_written < strings.size(); ++strings_written) {
      bytes += strings.text(strings_written);
      ends.push_back(blob_bytes + bytes.size());
    }
    blob->append(bytes.data(), bytes.size());
    offsets->append(ends.data(), ends.size());
    blob_bytes += bytes.size();
  }

  void commit() {
    append_strings();
    file.commit();
  }

  // All or nothing of `batch`: the tables are checked before the first is touched.
  template <class Visit>
  static void for_each_span(TraceBatch const& batch, Visit&& visit) {
    visit(batch.tiles);
    visit(batch.samples);
    visit(batch.launches);
    visit(batch.sms);
    visit(batch.ctas);
    visit(batch.work);
    visit(batch.warps);
    visit(batch.tile_times);
    visit(batch.counters);
    visit(batch.activity);
    visit(batch.overheads);
    visit(batch.crosschecks);
  }
};

TraceWriter::TraceWriter(std::string path, RunInfo const& run, DeviceInfo const& device,
                         std::span<CaseRecord const> cases, std::span<RowRecord const> rows,
                         std::span<RowLayerRecord const> row_layers)
    : impl_(std::make_unique<Impl>(std::move(path), run, device)) {
  Bounds const bounds{
      .cases = cases.size(), .launches = 0, .rows = rows.size(), .sm_count = device.sm_count};
  impl_->of<CaseRecord>().check(cases, bounds, 0);
  if (auto const problem = find_name_violation(cases)) {
    throw ContractError("trace table /cases: " + *problem);
  }
  impl_->of<RowRecord>().check(rows, bounds, 0);
  impl_->of<RowLayerRecord>().check(row_layers, bounds, 0);
  impl_->append(cases);
  impl_->append(rows);
  impl_->append(row_layers);
  impl_->commit();
}

TraceWriter::~TraceWriter() = default;
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;

void TraceWriter::append(TraceBatch const& batch) {
  expects(impl_ != nullptr && impl_->open, "append() comes before finish() and after no failure");
  Bounds const bounds = impl_->bounds(batch.launches.size());
  Impl::for_each_span(batch, [&]<class Record>(std::span<Record const> records) {
    impl_->of<Record>().check(records, bounds, impl_->of<Record>().rows());
  });
  impl_->open = false;
  Impl::for_each_span(
      batch, [&]<class Record>(std::span<Record const> records) { impl_->append(records); });
  impl_->commit();
  impl_->open = true;
}

void TraceWriter::finish(std::span<CaseRecord const> cases, ClockInfo const& clock,
                         std::span<SmClockRecord const> sm_clocks,
                         std::span<PassRecord const> passes, std::span<LossRecord const> losses) {
  expects(impl_ != nullptr && impl_->open, "finish() is called once and after no failure");
  Bounds const bounds = impl_->bounds();
  expects(cases.size() == bounds.cases, "finish() gets the cases of the constructor");
  impl_->of<CaseRecord>().check(cases, bounds, 0);
  impl_->of<SmClockRecord>().check(sm_clocks, bounds, 0);
  impl_->of<PassRecord>().check(passes, bounds, 0);
  impl_->of<LossRecord>().check(losses, bounds, 0);

  impl_->open = false;
  impl_->of<CaseRecord>().rewrite(cases, impl_->strings, impl_->buffer);
  write_attributes(impl_->file, clock);
  impl_->append(sm_clocks);
  impl_->append(passes);
  impl_->append(losses);
  impl_->append_strings();
  impl_->file.set_attribute("/", "complete", std::uint8_t{1});
  impl_->tables.reset();
  impl_->offsets.reset();
  impl_->blob.reset();
  impl_->file.close();

  std::error_code error;
  std::filesystem::rename(impl_->temporary, impl_->path, error);
  if (error) {
    throw InputError(fmt::format("{}: cannot be renamed to {} ({}); the trace itself is complete",
                                 impl_->temporary, impl_->path, error.message()));
  }
  sync_folder(impl_->path);
  impl_.reset();  // lets go of the lock
}

void write_trace(std::string const& path, Trace const& trace) {
  TraceWriter writer(path, trace.run, trace.device, trace.cases, trace.rows, trace.row_layers);
  writer.append({.launches = trace.launches,
                 .sms = trace.sms,
                 .ctas = trace.ctas,
                 .work = trace.work,
                 .warps = trace.warps,
                 .tiles = trace.tiles,
                 .tile_times = trace.tile_times,
                 .counters = trace.counters,
                 .samples = trace.samples,
                 .activity = trace.activity,
                 .overheads = trace.overheads,
                 .crosschecks = trace.crosschecks});
  writer.finish(trace.cases, trace.clock, trace.sm_clocks, trace.passes, trace.losses);
}

}  // namespace fluxscope::traces
