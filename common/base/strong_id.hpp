// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <compare>
#include <format>
#include <functional>
#include <string>
#include <utility>

namespace redoubt {

/// A string that names one kind of thing; ids of different kinds do not mix.
template <class Tag>
class StrongId {
  public:
    StrongId() = default;
    explicit StrongId(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& str() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }
    auto operator<=>(const StrongId&) const = default;

  private:
    std::string value_;
};

using SandboxId = StrongId<struct SandboxTag>;
using ContainerId = StrongId<struct ContainerTag>;
/// Empty for a container's init process.
using ExecId = StrongId<struct ExecTag>;

} // namespace redoubt

template <class Tag>
struct std::hash<redoubt::StrongId<Tag>> {
    std::size_t operator()(const redoubt::StrongId<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.str());
    }
};

template <class Tag>
struct std::formatter<redoubt::StrongId<Tag>> : std::formatter<std::string> {
    auto format(const redoubt::StrongId<Tag>& id, auto& context) const {
        return std::formatter<std::string>::format(id.str(), context);
    }
};
