#pragma once

#include <cstddef>

namespace fluxscope::traces {

template <class... Types>
struct TypeList {
  static constexpr std::size_t kSize = sizeof...(Types);
};

template <class First, class Second>
struct Joined;
template <class... First, class... Second>
struct Joined<TypeList<First...>, TypeList<Second...>> {
  using List = TypeList<First..., Second...>;
};

/// The types of `First`, then those of `Second`.
template <class First, class Second>
using Join = typename Joined<First, Second>::List;

/// Calls visit.template operator()<Type>() for every type, in order.
template <class... Types, class Visit>
void for_each_type(TypeList<Types...>, Visit&& visit) {
  (visit.template operator()<Types>(), ...);
}

}  // namespace fluxscope::traces
