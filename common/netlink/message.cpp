// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/message.hpp"

#include <linux/netlink.h>

#include <cstring>

namespace redoubt::netlink {
namespace {

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

constexpr std::uint16_t k_type_mask = 0x3fff; // NLA_TYPE_MASK: without the flags "nested" and "byte order"

} // namespace

Request::Request(std::uint16_t type, std::uint16_t flags) : type_(type), flags_(flags) {}

void Request::append(const void* bytes, std::size_t count) {
    payload_.append(static_cast<const char*>(bytes), count);
    payload_.resize(padded(payload_.size()));
}

Request& Request::put(std::uint16_t type, std::string_view bytes) {
    const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + bytes.size()), type};
    append(&header, sizeof header);
    append(bytes.data(), bytes.size());
    return *this;
}

Request& Request::put_text(std::uint16_t type, const std::string& text) {
    return put(type, {text.c_str(), text.size() + 1});
}

std::size_t Request::open_nested(std::uint16_t type) {
    const auto begin = payload_.size();
    put(static_cast<std::uint16_t>(type | NLA_F_NESTED), {});
    return begin;
}

void Request::close_nested(std::size_t begin) {
    const auto length = static_cast<std::uint16_t>(payload_.size() - begin);
    std::memcpy(payload_.data() + begin + offsetof(nlattr, nla_len), &length, sizeof length);
}

std::string Request::finish(std::uint32_t sequence) const {
    const nlmsghdr header{.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload_.size()),
                          .nlmsg_type = type_,
                          .nlmsg_flags = static_cast<std::uint16_t>(flags_ | NLM_F_REQUEST),
                          .nlmsg_seq = sequence,
                          .nlmsg_pid = 0};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    return bytes + payload_;
}

Result<std::vector<Message>> split_messages(std::string_view bytes) {
    std::vector<Message> messages;
    while (!bytes.empty()) {
        nlmsghdr header{};
        if (bytes.size() < sizeof header) return fail(Code::data_loss, "netlink: a header is cut short");
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size())
            return fail(Code::data_loss, "netlink: a message of {} bytes in {}", header.nlmsg_len,
                        bytes.size());
        messages.push_back({.type = header.nlmsg_type,
                            .flags = header.nlmsg_flags,
                            .sequence = header.nlmsg_seq,
                            .payload = bytes.substr(sizeof header, header.nlmsg_len - sizeof header)});
        bytes.remove_prefix(std::min(padded(header.nlmsg_len), bytes.size()));
    }
    return messages;
}

Result<Attributes> Attributes::parse(std::string_view bytes) {
    Attributes attributes;
    while (!bytes.empty()) {
        nlattr header{};
        if (bytes.size() < sizeof header) return fail(Code::data_loss, "netlink: an attribute is cut short");
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.nla_len < sizeof header || header.nla_len > bytes.size())
            return fail(Code::data_loss, "netlink: an attribute of {} bytes in {}", header.nla_len,
                        bytes.size());
        const auto type = static_cast<std::uint16_t>(header.nla_type & k_type_mask);
        const auto value = bytes.substr(sizeof header, header.nla_len - sizeof header);
        attributes.values_[type] = value;
        attributes.all_.emplace_back(type, value);
        bytes.remove_prefix(std::min(padded(header.nla_len), bytes.size()));
    }
    return attributes;
}

std::string_view Attributes::bytes(std::uint16_t type) const {
    const auto found = values_.find(type);
    return found == values_.end() ? std::string_view() : found->second;
}

std::string Attributes::text(std::uint16_t type) const {
    const auto value = bytes(type);
    return std::string(value.substr(0, value.find('\0')));
}

std::uint32_t Attributes::number(std::uint16_t type) const {
    std::uint32_t value = 0;
    const auto from = bytes(type);
    if (from.size() == sizeof value) std::memcpy(&value, from.data(), sizeof value);
    return value;
}

Result<Attributes> Attributes::nested(std::uint16_t type) const {
    return parse(bytes(type));
}

} // namespace redoubt::netlink
