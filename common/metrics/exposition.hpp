// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <concepts>
#include <cstdint>
#include <format>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace redoubt::metrics {

inline constexpr std::string_view k_content_type = "text/plain; version=0.0.4; charset=utf-8";

enum class Kind : std::uint8_t { counter, gauge };

/// A label's name and value; the value may hold anything.
using Label = std::pair<std::string_view, std::string_view>;

/// Writes metrics as Prometheus reads them. Pure. Thread: one at a time.
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format".
class Exposition {
  public:
    /// Begins a metric; its samples follow.
    void family(std::string_view name, Kind kind, std::string_view help);

    /// A sample of the family that was begun last.
    template <std::integral Value>
    void sample(Value value, std::initializer_list<Label> labels = {}) {
        write(labels, std::format("{}", value));
    }
    void sample(double value, std::initializer_list<Label> labels = {}) {
        write(labels, std::format("{}", value));
    }

    /// A metric with one sample.
    template <class Value>
    void single(std::string_view name, Kind kind, std::string_view help, Value value) {
        family(name, kind, help);
        sample(value);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    void write(std::initializer_list<Label> labels, std::string_view value);

    std::string text_;
    std::string name_; ///< of the family
};

} // namespace redoubt::metrics
