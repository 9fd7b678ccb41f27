// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <optional>
#include <tuple>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/ip_address.hpp"
#include "common/rego/builtins/operand.hpp"

// net.cidr_*

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

Operanded<IpNetwork> network_of(const Value& value) {
    if (!value.is_string()) return operand_error(1, value, {Kind::string});
    const std::string_view text = value.as_string();
    const auto network = parse_network(text);
    if (!network) return builtin_error("invalid CIDR address: " + std::string(text));
    return *network;
}

Operanded<bool> contains(const Value& outer, const Value& inner) {
    RDT_TRY(const IpNetwork network, network_of(outer));
    if (!inner.is_string()) return operand_error(1, inner, {Kind::string});
    if (const auto address = parse_ip(inner.as_string())) return network.contains(*address);
    const auto other = parse_network(inner.as_string());
    if (!other) {
        return builtin_error("not a valid textual representation of an IP address or CIDR: " +
                             std::string(inner.as_string()));
    }
    return network.contains(other->first()) && network.contains(other->last());
}

BuiltinResult cidr_contains(BuiltinContext& /*context*/, Operands operands) {
    RDT_TRY(const bool inside, contains(operands[0], operands[1]));
    return Value::boolean(inside);
}

BuiltinResult cidr_intersects(BuiltinContext& /*context*/, Operands operands) {
    RDT_TRY(const IpNetwork a, network_of(operands[0]));
    RDT_TRY(const IpNetwork b, network_of(operands[1]));
    return Value::boolean(a.contains(b.first()) || b.contains(a.first()));
}

BuiltinResult cidr_is_valid(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(operands[0].is_string() && parse_network(operands[0].as_string()).has_value());
}

/// A network (or address) of an operand with what stands for it in the result.
struct Indexed {
    Value network;
    Value index;
};

Operanded<Value> text_of(const Value& element, std::size_t position) {
    if (element.is_string()) return element;
    if (element.is_array() && element.size() > 0) return element.items()[0];
    return builtin_error("operand " + std::to_string(position) +
                         ": element must be string or non-empty array");
}

Operanded<std::vector<Indexed>> indexed(const Value& operand, std::size_t position) {
    std::vector<Indexed> list;
    if (operand.is_string()) return std::vector<Indexed>{{operand, operand}};
    if (operand.is_object()) {
        for (const Member& member : operand.members()) {
            RDT_TRY(const Value text, text_of(member.value, position));
            list.push_back({text, member.key});
        }
        return list;
    }
    std::int64_t index = 0;
    if (!operand.is_array() && !operand.is_set()) return list;
    for (const Value& item : operand.items()) {
        RDT_TRY(const Value text, text_of(item, position));
        list.push_back({text, operand.is_set() ? item : Value::integer(index++)});
    }
    return list;
}

BuiltinResult cidr_contains_matches(BuiltinContext& context, Operands operands) {
    RDT_TRY(const auto outer, indexed(operands[0], 1));
    RDT_TRY(const auto inner, indexed(operands[1], 2));
    SetBuilder pairs;
    for (const Indexed& network : outer) {
        for (const Indexed& other : inner) {
            if (!context.work(2)) return step_limit_error();
            RDT_TRY(const bool inside, contains(network.network, other.network));
            if (!inside) continue;
            const Value pair[] = {network.index, other.index};
            pairs.insert(make_array(context.arena(), pair));
            if (!context.charge(pairs.size() * sizeof(Value))) return memory_limit_error();
        }
    }
    return pairs.build(context.arena());
}

/// The next address; false when it would be the first of all.
bool advance(IpAddress& address) {
    for (std::size_t i = address.size; i-- > 0;) {
        if (++address.bytes[i] != 0) return true;
    }
    return false;
}

BuiltinResult cidr_expand(BuiltinContext& context, Operands operands) {
    RDT_TRY(const IpNetwork network, network_of(operands[0]));
    const std::size_t host_bits = (network.address.size * 8) - network.prefix;
    if (host_bits > 24) return limit_error("a network of that many addresses is too large to list");
    const std::size_t count = std::size_t{1} << host_bits;
    if (!context.work(count) || !context.charge(count * 64)) return memory_limit_error();
    std::vector<Value> addresses;
    addresses.reserve(count);
    IpAddress address = network.first();
    for (std::size_t i = 0; i < count; ++i) {
        addresses.push_back(make_string(context.arena(), render_ip(address)));
        if (!advance(address)) break;
    }
    return make_set(context.arena(), addresses);
}

/// Addresses from first to last; `network` is set while it is one network as written.
struct Range {
    IpAddress first;
    IpAddress last;
    std::optional<IpNetwork> network;
};

/// As IPv6, so that both kinds can be compared.
IpNetwork widened(const IpNetwork& network) {
    if (network.address.size == 16) return network;
    IpNetwork wide{.prefix = network.prefix + 96};
    wide.address.size = 16;
    wide.address.bytes[10] = wide.address.bytes[11] = 0xFF;
    std::copy_n(network.address.bytes.begin(), 4, wide.address.bytes.begin() + 12);
    return wide;
}

Operanded<Range> range_of(const Value& element) {
    if (!element.is_string()) return builtin_error("element must be string");
    if (const auto address = parse_ip(element.as_string())) {
        const IpAddress short_one = address->unmapped();
        if (short_one.size == 16) return builtin_error("IPv6 invalid: needs prefix length");
        // The old classes give an address alone its prefix.
        const unsigned prefix = short_one.bytes[0] < 0x80 ? 8 : short_one.bytes[0] < 0xC0 ? 16 : 24;
        const IpNetwork network = widened({short_one, prefix});
        return Range{network.first(), network.last(), network};
    }
    RDT_TRY(IpNetwork network, network_of(element));
    network.address = network.first();
    network = widened(network);
    return Range{network.first(), network.last(), network};
}

/// Whether `b` overlaps or directly follows `a`.
bool touch(const Range& a, const Range& b) {
    if (a.last.size != b.first.size) return false;
    IpAddress next = a.last;
    return !advance(next) || b.first <= next;
}

/// The fewest networks that make up a range.
void append_networks(std::vector<IpNetwork>& networks, const Range& range) {
    IpAddress at = range.first;
    const auto bits = static_cast<unsigned>(at.size * 8);
    while (true) {
        // The largest network that starts here and does not reach beyond the end.
        IpNetwork network{at, bits};
        while (network.prefix > 0) {
            const IpNetwork larger{at, network.prefix - 1};
            if (larger.first() != at || larger.last() > range.last) break;
            network = larger;
        }
        networks.push_back(network);
        at = network.last();
        if (at == range.last || !advance(at)) return;
    }
}

std::vector<Range> merged(std::vector<Range> ranges) {
    std::ranges::sort(ranges, [](const Range& a, const Range& b) {
        return std::tie(a.last, a.first) < std::tie(b.last, b.first);
    });
    for (std::size_t i = ranges.size(); i-- > 1;) {
        if (!touch(ranges[i - 1], ranges[i])) continue;
        ranges[i - 1] = {std::min(ranges[i - 1].first, ranges[i].first), ranges[i].last, std::nullopt};
        ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return ranges;
}

BuiltinResult cidr_merge(BuiltinContext& context, Operands operands) {
    const std::span<const Value> items = operands[0].items();
    if (!context.work(items.size() * 16) || !context.charge(items.size() * sizeof(Range) * 2))
        return memory_limit_error();
    std::vector<Range> ranges;
    for (const Value& item : items) {
        RDT_TRY(const Range range, range_of(item));
        ranges.push_back(range);
    }
    std::vector<IpNetwork> networks;
    for (const Range& range : merged(std::move(ranges))) {
        if (range.network) {
            networks.push_back(*range.network);
        } else {
            append_networks(networks, range);
        }
    }
    std::vector<Value> texts;
    texts.reserve(networks.size());
    for (const IpNetwork& network : networks)
        texts.push_back(make_string(context.arena(), render_network(network)));
    return make_set(context.arena(), texts);
}

constexpr Operand k_text = one_of(Kind::string);
constexpr Operand k_many = constants_of(Kind::string, Kind::array, Kind::object, Kind::set);

constexpr Builtin k_networks[] = {
    {.name = "net.cidr_contains", .operands = {k_text, k_text}, .arity = 2, .function = cidr_contains},
    {.name = "net.cidr_overlap",
     .operands = {k_text, k_text},
     .arity = 2,
     .v0_only = true,
     .function = cidr_contains},
    {.name = "net.cidr_contains_matches",
     .operands = {k_many, k_many},
     .arity = 2,
     .function = cidr_contains_matches},
    {.name = "net.cidr_intersects", .operands = {k_text, k_text}, .arity = 2, .function = cidr_intersects},
    {.name = "net.cidr_is_valid",
     .operands = {constants_of(Kind::string)},
     .arity = 1,
     .function = cidr_is_valid},
    {.name = "net.cidr_expand", .operands = {k_text}, .arity = 1, .function = cidr_expand},
    {.name = "net.cidr_merge",
     .operands = {one_of(Kind::array, Kind::set)},
     .arity = 1,
     .function = cidr_merge},
};

} // namespace

std::span<const Builtin> network_builtins() {
    return k_networks;
}

} // namespace redoubt::rego
