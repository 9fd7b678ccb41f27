// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Values as bytes: numbers little-endian, texts and lists with their length in front. A struct is the fields
/// that fields() names, in that order; a variant is the number of its alternative, then that.
/// Format: docs/formats/launcher.md.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/strong_id.hpp"

namespace redoubt::node::launcher {

/// Most items of a list.
inline constexpr std::uint32_t k_most_items = 8192;

/// Found by argument-dependent lookup or in this namespace: `fields(value, visit)` calls visit(field...).
template <class Value>
concept HasFields = requires(Value& value) { fields(value, [](auto&...) {}); };

/// Makes a variant the alternative of that number; false when it has none of it.
template <class Variant>
[[nodiscard]] bool choose(Variant& variant, std::uint64_t number) {
    return [&]<std::size_t... index>(std::index_sequence<index...> /*of them*/) {
        return ((index == number && (variant.template emplace<index>(), true)) || ...);
    }(std::make_index_sequence<std::variant_size_v<Variant>>());
}

/// Appends values to a text.
class Writer {
  public:
    template <class Value>
    void add(const Value& value) {
        if constexpr (std::is_same_v<Value, std::string>) {
            add_text(value);
        } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
            add_text(value.native());
        } else if constexpr (std::is_same_v<Value, bool>) {
            add_number(value ? 1 : 0, 1);
        } else if constexpr (std::is_enum_v<Value>) {
            add_number(static_cast<std::uint64_t>(value), 1);
        } else if constexpr (std::is_integral_v<Value>) {
            add_number(static_cast<std::uint64_t>(value), sizeof(Value));
        } else {
            fields(value, [this](const auto&... field) { (this->add(field), ...); });
        }
    }
    template <class Tag>
    void add(const StrongId<Tag>& id) {
        add_text(id.str());
    }
    template <class Value>
    void add(const std::vector<Value>& items) {
        add(static_cast<std::uint32_t>(items.size()));
        for (const auto& item : items) add(item);
    }
    template <class Value>
    void add(const std::optional<Value>& value) {
        add(value.has_value());
        if (value) add(*value);
    }
    template <class... Alternatives>
    void add(const std::variant<Alternatives...>& variant) {
        static_assert(sizeof...(Alternatives) <= 256);
        add_number(variant.index(), 1);
        std::visit([this](const auto& value) { this->add(value); }, variant);
    }

    [[nodiscard]] std::string take() && { return std::move(bytes_); }

  private:
    void add_number(std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            bytes_.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
    }
    void add_text(std::string_view text) {
        add_number(text.size(), 4);
        bytes_ += text;
    }

    std::string bytes_;
};

/// Reads the same. What does not fit makes it bad for good; what was read so far is then worth nothing.
/// Never takes more memory than the bytes it was given say.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    template <class Value>
    void read(Value& value) {
        if constexpr (std::is_same_v<Value, std::string> || std::is_same_v<Value, std::filesystem::path>) {
            value = take_text();
        } else if constexpr (std::is_same_v<Value, bool>) {
            const auto number = take_number(1);
            if (number > 1) is_good_ = false;
            value = number == 1;
        } else if constexpr (std::is_enum_v<Value>) {
            const auto number = take_number(1);
            if (number > static_cast<std::uint64_t>(last_of(Value{}))) is_good_ = false;
            value = is_good_ ? static_cast<Value>(number) : Value{};
        } else if constexpr (std::is_integral_v<Value>) {
            value = static_cast<Value>(take_number(sizeof(Value)));
        } else {
            fields(value, [this](auto&... field) { (this->read(field), ...); });
        }
    }
    template <class Tag>
    void read(StrongId<Tag>& id) {
        id = StrongId<Tag>(take_text());
    }
    template <class Value>
    void read(std::vector<Value>& items) {
        std::uint32_t count = 0;
        read(count);
        // Each item has at least a byte; memory grows with what has been read.
        if (count > k_most_items || count > rest_.size()) is_good_ = false;
        for (std::uint32_t i = 0; is_good_ && i < count; ++i) read(items.emplace_back());
    }
    template <class Value>
    void read(std::optional<Value>& value) {
        bool is_there = false;
        read(is_there);
        if (is_there) read(value.emplace());
    }
    template <class... Alternatives>
    void read(std::variant<Alternatives...>& variant) {
        if (!choose(variant, take_number(1))) is_good_ = false;
        std::visit([this](auto& value) { this->read(value); }, variant);
    }

    /// Everything was read, and nothing else was there.
    [[nodiscard]] bool is_done() const { return is_good_ && rest_.empty(); }
    [[nodiscard]] bool is_good() const { return is_good_; }

  private:
    std::uint64_t take_number(std::size_t size) {
        if (!is_good_ || rest_.size() < size) {
            is_good_ = false;
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
        rest_.remove_prefix(size);
        return value;
    }
    std::string take_text() {
        const auto size = take_number(4);
        if (!is_good_ || size > rest_.size()) {
            is_good_ = false;
            return {};
        }
        std::string text(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return text;
    }

    std::string_view rest_;
    bool is_good_ = true;
};

} // namespace redoubt::node::launcher
