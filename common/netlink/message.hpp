// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Netlink messages as bytes: what is sent, and a safe way to read what comes. Pure.
/// Source: netlink(7), rtnetlink(7), linux/netlink.h.

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::netlink {

/// A request under construction: header, a fixed part that the message type asks for, attributes.
class Request {
  public:
    /// `flags` beside NLM_F_REQUEST.
    Request(std::uint16_t type, std::uint16_t flags);

    /// The fixed part, a structure of the kernel's headers. Once, before any attribute.
    template <class Part>
    Request& fixed(const Part& part) {
        append(&part, sizeof part);
        return *this;
    }
    Request& put(std::uint16_t type, std::string_view bytes);
    /// With the NUL at the end that the kernel expects.
    Request& put_text(std::uint16_t type, const std::string& text);
    /// A structure or a number in the host's byte order.
    template <class Value>
    Request& put_value(std::uint16_t type, const Value& value) {
        return put(type, {reinterpret_cast<const char*>(&value), sizeof value});
    }
    /// An attribute that holds those which `content` puts.
    template <std::invocable Content>
    Request& nest(std::uint16_t type, Content content) {
        const auto begin = open_nested(type);
        content();
        close_nested(begin);
        return *this;
    }

    [[nodiscard]] std::uint16_t flags() const { return flags_; }
    /// The whole message.
    [[nodiscard]] std::string finish(std::uint32_t sequence) const;

  private:
    void append(const void* bytes, std::size_t count);
    std::size_t open_nested(std::uint16_t type);
    void close_nested(std::size_t begin);

    std::uint16_t type_;
    std::uint16_t flags_;
    std::string payload_;
};

/// A received message; its payload borrows the bytes it was split from.
struct Message {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    std::uint32_t sequence = 0;
    std::string_view payload;
};

/// The messages in what one receive gave. Errors: data_loss a length that cannot be.
[[nodiscard]] Result<std::vector<Message>> split_messages(std::string_view bytes);

/// Attributes by type; of two of one type the last counts. Borrows the bytes.
class Attributes {
  public:
    /// Errors: data_loss a length that cannot be.
    [[nodiscard]] static Result<Attributes> parse(std::string_view bytes);

    [[nodiscard]] bool has(std::uint16_t type) const { return values_.contains(type); }
    /// Empty when it is not there.
    [[nodiscard]] std::string_view bytes(std::uint16_t type) const;
    /// Up to the first NUL.
    [[nodiscard]] std::string text(std::uint16_t type) const;
    /// 0 when it is not there or of another size.
    [[nodiscard]] std::uint32_t number(std::uint16_t type) const;
    /// What is nested in an attribute.
    [[nodiscard]] Result<Attributes> nested(std::uint16_t type) const;
    /// All attributes in their order, also those of one type.
    [[nodiscard]] const std::vector<std::pair<std::uint16_t, std::string_view>>& all() const { return all_; }

  private:
    std::map<std::uint16_t, std::string_view> values_;
    std::vector<std::pair<std::uint16_t, std::string_view>> all_;
};

/// Splits a payload into its fixed part and the attributes behind it.
/// Errors: data_loss too short.
template <class Part>
[[nodiscard]] Result<std::pair<Part, Attributes>> read_payload(std::string_view payload) {
    Part part{};
    if (payload.size() < sizeof part) return fail(Code::data_loss, "netlink: a message is cut short");
    payload.copy(reinterpret_cast<char*>(&part), sizeof part);
    // The fixed part is padded as attributes are.
    const auto begin = std::min((sizeof part + 3) & ~std::size_t{3}, payload.size());
    RDT_TRY(auto attributes, Attributes::parse(payload.substr(begin)));
    return std::pair{part, std::move(attributes)};
}

} // namespace redoubt::netlink
