#pragma once
// The few messages of Perfetto's trace format that we write, by their field numbers
// (perfetto.dev, protos/perfetto/trace: trace_packet, track_event, track_descriptor).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text/printable.hpp"

namespace fluxscope::traces {

/// A protobuf message under construction.
class ProtoMessage {
 public:
  void put_varint(int field, std::uint64_t value) {
    put_key(field, 0);
    put_raw(value);
  }
  void put_bytes(int field, std::string_view bytes) {
    put_key(field, 2);
    put_raw(bytes.size());
    bytes_ += bytes;
  }
  /// A field of type string: UTF-8 without control characters.
  void put_text(int field, std::string_view text) { put_bytes(field, printable(text)); }
  [[nodiscard]] std::string const& bytes() const { return bytes_; }

 private:
  void put_key(int field, unsigned wire_type) {
    put_raw(static_cast<std::uint64_t>(field) << 3 | wire_type);
  }
  void put_raw(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

/// A named value shown beside a slice.
class Annotations {
 public:
  void add(std::string_view name, std::int64_t value) {
    ProtoMessage annotation;
    annotation.put_bytes(10, name);
    annotation.put_varint(4, static_cast<std::uint64_t>(value));
    fields_.put_bytes(4, annotation.bytes());
  }
  void add(std::string_view name, std::string_view value) {
    ProtoMessage annotation;
    annotation.put_bytes(10, name);
    annotation.put_text(6, value);
    fields_.put_bytes(4, annotation.bytes());
  }
  /// TrackEvent fields, ready to be put behind others.
  [[nodiscard]] std::string const& bytes() const { return fields_.bytes(); }

 private:
  ProtoMessage fields_;
};

/// One TracePacket, framed as a field of Trace, per call. The caller writes them one after another.
namespace perfetto {

/// A process track: a heading in the viewer.
[[nodiscard]] std::string process(std::uint64_t uuid, std::int32_t pid, std::string_view name);
/// A track under a process.
[[nodiscard]] std::string track(std::uint64_t uuid, std::uint64_t parent, std::string_view name);
[[nodiscard]] std::string slice_begin(std::uint64_t track, std::uint64_t time_ns,
                                      std::string_view name, Annotations const& annotations);
[[nodiscard]] std::string slice_end(std::uint64_t track, std::uint64_t time_ns);

}  // namespace perfetto
}  // namespace fluxscope::traces
