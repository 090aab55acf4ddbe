#include "base/schedule/lanes.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fluxscope {

std::size_t Lanes::take(std::int64_t begin, std::int64_t end) {
  expects(begin >= now_, "intervals come in the order of their begins");
  now_ = begin;
  close_until(begin);
  std::int64_t const room = nesting_ == Nesting::allowed ? end : kFree;
  if (room_[1] < room) grow();
  std::size_t const lane = lowest_with(room);
  if (lane == open_.size()) open_.emplace_back();
  open_[lane].push_back(std::min(end, kFree - 1));
  ends_.emplace(end, lane);
  set_room(lane);
  return lane;
}

std::size_t Lanes::lowest_with(std::int64_t room) const {
  std::size_t node = 1;
  while (node < leaves_) {
    node *= 2;
    if (room_[node] < room) ++node;
  }
  return node - leaves_;
}

void Lanes::close_until(std::int64_t time) {
  for (; !ends_.empty() && ends_.top().first <= time; ends_.pop()) {
    std::size_t const lane = ends_.top().second;
    auto& open = open_[lane];
    while (!open.empty() && open.back() <= time) open.pop_back();
    set_room(lane);
  }
}

void Lanes::grow() {
  std::vector<std::int64_t> room(4 * leaves_, kFree);
  std::copy(room_.begin() + static_cast<std::ptrdiff_t>(leaves_), room_.end(),
            room.begin() + static_cast<std::ptrdiff_t>(2 * leaves_));
  leaves_ *= 2;
  for (std::size_t node = leaves_ - 1; node > 0; --node) {
    room[node] = std::max(room[2 * node], room[2 * node + 1]);
  }
  room_ = std::move(room);
}

void Lanes::set_room(std::size_t lane) {
  std::size_t node = leaves_ + lane;
  room_[node] = open_[lane].empty() ? kFree : open_[lane].back();
  for (node /= 2; node > 0; node /= 2) room_[node] = std::max(room_[2 * node], room_[2 * node + 1]);
}

}  // namespace fluxscope
