// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <array>
#include <optional>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"

// uuid.* and rand.intn. What is random comes from the evaluation's seed and the operands, so that a call
// repeated in one evaluation gives the same again.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;
using Uuid = std::array<std::uint8_t, 16>;

/// Numbers that follow from a seed and a text. Source: SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
class Random {
  public:
    Random(std::uint64_t seed, std::string_view text) : state_(seed) {
        // FNV-1a, 64 bits.
        std::uint64_t hash = 0xCBF29CE484222325U;
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
        state_ = next() ^ hash;
    }
    std::uint64_t next() {
        std::uint64_t mixed = (state_ += 0x9E3779B97F4A7C15U);
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }

  private:
    std::uint64_t state_;
};

std::string hex_of(std::span<const std::uint8_t> bytes, std::string_view between = "") {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        if (!text.empty()) text += between;
        text += "0123456789abcdef"[byte >> 4U];
        text += "0123456789abcdef"[byte & 0xFU];
    }
    return text;
}

BuiltinResult uuid_new(BuiltinContext& context, Operands operands) {
    Random random(context.environment.seed, "uuid:" + render_rego(operands[0]));
    Uuid uuid{};
    for (std::size_t i = 0; i < uuid.size(); i += 8) {
        const std::uint64_t bits = random.next();
        for (std::size_t j = 0; j < 8; ++j) uuid[i + j] = static_cast<std::uint8_t>(bits >> (8 * j));
    }
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0FU) | 0x40U); // version 4
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3FU) | 0x80U); // variant of RFC 4122
    const std::span bytes(uuid);
    return text_result(context, hex_of(bytes.subspan(0, 4)) + "-" + hex_of(bytes.subspan(4, 2)) + "-" +
                                    hex_of(bytes.subspan(6, 2)) + "-" + hex_of(bytes.subspan(8, 2)) + "-" +
                                    hex_of(bytes.subspan(10)));
}

bool is_urn(std::string_view prefix) {
    constexpr std::string_view expected = "urn:uuid:";
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const char c = prefix[i] >= 'A' && prefix[i] <= 'Z' ? static_cast<char>(prefix[i] + 32) : prefix[i];
        if (c != expected[i]) return false;
    }
    return true;
}

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// With dashes, also as a URN or between any two brackets; or 32 digits.
std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() == 45 && is_urn(text)) text.remove_prefix(9);
    if (text.size() == 38) text = text.substr(1, 36);
    const bool dashed = text.size() == 36;
    if (!dashed && text.size() != 32) return std::nullopt;
    Uuid uuid{};
    std::size_t digit = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int value = nibble(text[i]);
        if (value < 0) return std::nullopt;
        uuid[digit / 2] = static_cast<std::uint8_t>((uuid[digit / 2] << 4U) | value);
        ++digit;
    }
    return uuid;
}

std::uint64_t bits_of(std::span<const std::uint8_t> bytes) {
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : bytes) bits = (bits << 8U) | byte;
    return bits;
}

std::string_view variant_of(const Uuid& uuid) {
    if ((uuid[8] & 0xC0U) == 0x80) return "RFC4122";
    if ((uuid[8] & 0xE0U) == 0xC0) return "Microsoft";
    return (uuid[8] & 0xE0U) == 0xE0 ? "Future" : "Reserved";
}

std::string domain_of(std::uint8_t domain) {
    constexpr std::string_view names[] = {"Person", "Group", "Org"};
    return domain < 3 ? std::string(names[domain]) : "Domain" + std::to_string(domain);
}

std::string mac_kind(std::uint8_t first) {
    return std::string((first & 2U) != 0 ? "local:" : "global:") +
           ((first & 1U) != 0 ? "multicast" : "unicast");
}

BuiltinResult uuid_parse(BuiltinContext& context, Operands operands) {
    if (!operands[0].is_string()) return operand_error(1, operands[0], {Kind::string});
    const auto uuid = parse_uuid(operands[0].as_string());
    if (!uuid) return Value();
    Arena& arena = context.arena();
    ObjectBuilder object;
    const auto put = [&](std::string_view name, const Value& value) {
        object.insert(make_string(arena, name), value);
    };
    const int version = (*uuid)[6] >> 4U;
    const std::span bytes(*uuid);
    put("version", Value::integer(version));
    put("variant", make_string(arena, variant_of(*uuid)));
    if (version == 1 || version == 2) {
        // 100 ns steps since 1582-10-15. Source: RFC 4122, 4.1.4.
        constexpr std::int64_t to_epoch = 0x01B21DD213814000;
        const std::uint64_t ticks = bits_of(bytes.subspan(0, 4)) | (bits_of(bytes.subspan(4, 2)) << 32U) |
                                    ((bits_of(bytes.subspan(6, 2)) & 0xFFFU) << 48U);
        const BigInt ns = BigInt(static_cast<std::int64_t>(ticks) - to_epoch) * 100;
        put("time", Value::number(make_number(arena, ns)));
        put("nodeid", make_string(arena, hex_of(bytes.subspan(10), "-")));
        put("macvariables", make_string(arena, mac_kind((*uuid)[10])));
        put("clocksequence",
            Value::integer(static_cast<std::int64_t>(bits_of(bytes.subspan(8, 2)) & 0x3FFFU)));
    }
    if (version == 2) {
        put("id", Value::integer(static_cast<std::int64_t>(bits_of(bytes.subspan(0, 4)))));
        put("domain", make_string(arena, domain_of((*uuid)[9])));
    }
    return object.build(arena);
}

BuiltinResult rand_intn(BuiltinContext& context, Operands operands) {
    RDT_TRY(const std::int64_t n, integer_operand(operands[1], 2));
    if (n == 0) return Value::integer(0);
    const std::uint64_t range = n < 0 ? ~static_cast<std::uint64_t>(n) + 1 : static_cast<std::uint64_t>(n);
    Random random(context.environment.seed,
                  "rand:" + std::string(operands[0].as_string()) + "-" + std::to_string(range));
    return Value::integer(static_cast<std::int64_t>(random.next() % range));
}

constexpr Builtin k_uuids[] = {
    {.name = "uuid.rfc4122",
     .operands = {one_of(Kind::string)},
     .arity = 1,
     .nondeterministic = true,
     .function = uuid_new},
    {.name = "uuid.parse", .operands = {constants_of(Kind::string)}, .arity = 1, .function = uuid_parse},
    {.name = "rand.intn",
     .operands = {one_of(Kind::string), one_of(Kind::number)},
     .arity = 2,
     .nondeterministic = true,
     .function = rand_intn},
};

} // namespace

std::span<const Builtin> uuid_builtins() {
    return k_uuids;
}

} // namespace redoubt::rego
