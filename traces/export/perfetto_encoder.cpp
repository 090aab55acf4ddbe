#include "traces/export/perfetto_encoder.hpp"

namespace fluxscope::traces::perfetto {
namespace {

constexpr std::uint64_t kSequence = 1;  // one writer
constexpr std::uint64_t kSliceBegin = 1;
constexpr std::uint64_t kSliceEnd = 2;

std::string framed(ProtoMessage& packet) {
  packet.put_varint(10, kSequence);  // trusted_packet_sequence_id
  ProtoMessage trace;
  trace.put_bytes(1, packet.bytes());
  return trace.bytes();
}

std::string event(std::uint64_t time_ns, ProtoMessage const& track_event) {
  ProtoMessage packet;
  packet.put_varint(8, time_ns);
  packet.put_bytes(11, track_event.bytes());
  return framed(packet);
}

}  // namespace

std::string process(std::uint64_t uuid, std::int32_t pid, std::string_view name) {
  ProtoMessage descriptor;
  descriptor.put_varint(1, static_cast<std::uint64_t>(pid));
  descriptor.put_text(6, name);
  ProtoMessage track_descriptor;
  track_descriptor.put_varint(1, uuid);
  track_descriptor.put_bytes(3, descriptor.bytes());
  ProtoMessage packet;
  packet.put_bytes(60, track_descriptor.bytes());
  return framed(packet);
}

std::string track(std::uint64_t uuid, std::uint64_t parent, std::string_view name) {
  ProtoMessage track_descriptor;
  track_descriptor.put_varint(1, uuid);
  track_descriptor.put_text(2, name);
  track_descriptor.put_varint(5, parent);
  ProtoMessage packet;
  packet.put_bytes(60, track_descriptor.bytes());
  return framed(packet);
}

std::string slice_begin(std::uint64_t track, std::uint64_t time_ns, std::string_view name,
                        Annotations const& annotations) {
  ProtoMessage fields;
  fields.put_varint(9, kSliceBegin);
  fields.put_varint(11, track);
  fields.put_text(23, name);
  // Messages are concatenated fields: the annotations are encoded as such already.
  ProtoMessage packet;
  packet.put_varint(8, time_ns);
  packet.put_bytes(11, fields.bytes() + annotations.bytes());
  return framed(packet);
}

std::string slice_end(std::uint64_t track, std::uint64_t time_ns) {
  ProtoMessage fields;
  fields.put_varint(9, kSliceEnd);
  fields.put_varint(11, track);
  return event(time_ns, fields);
}

}  // namespace fluxscope::traces::perfetto
