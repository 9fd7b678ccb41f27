// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/reference_values/comid.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/der.hpp"

namespace redoubt::services::reference_values {
namespace {

namespace bj = boost::json;
using encoding::to_hex;

// CBOR tags. Source: IANA, CBOR Tags.
constexpr std::uint64_t k_tag_uuid = 37;
constexpr std::uint64_t k_tag_oid = 111;
constexpr std::uint64_t k_tag_integer = 551;
constexpr std::uint64_t k_tag_svn = 552;
constexpr std::uint64_t k_tag_least_svn = 553;
constexpr std::uint64_t k_tag_bytes = 560;

constexpr std::size_t k_max_component = 128;
constexpr std::size_t k_max_names = 4096;
constexpr std::size_t k_max_values = 1024; ///< of one name

// Members of a measurement-values-map.
enum ValueKey : std::uint8_t {
    k_version = 0,
    k_svn = 1,
    k_digests = 2,
    k_raw_value = 4,
    k_serial = 8,
    k_name = 11,
    k_registers = 14
};

struct Environment {
    std::string origin;                  ///< tells classes apart
    std::vector<std::string> components; ///< of names
};

/// What is read of one measurement before it has a name: the end of the name, and a value.
struct Part {
    std::string ending;
    bj::value value;
};

Result<std::string> uuid_text(const cbor::Node& node) {
    constexpr std::size_t k_uuid_size = 16;
    RDT_TRY(const auto bytes, node.bytes());
    if (bytes.size() != k_uuid_size) return node.wrong("not the 16 bytes of a UUID");
    auto text = to_hex(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
    return text;
}

/// UUIDs, OIDs and so on, where something may be named by one of them.
Result<std::string> tagged_id(const cbor::Node& node) {
    const auto tag = node.tag();
    if (!tag) return node.wrong("not an identifier");
    RDT_TRY(const auto content, node.tagged(*tag));
    if (*tag == k_tag_uuid) return uuid_text(content);
    if (*tag == k_tag_integer) {
        RDT_TRY(const auto number, content.number());
        return std::to_string(number);
    }
    RDT_TRY(const auto bytes, content.bytes());
    if (*tag == k_tag_bytes) return to_hex(bytes);
    if (*tag != k_tag_oid)
        return node.wrong(std::format("an identifier of tag {}", *tag), Code::unimplemented);
    return tee::oid_text(bytes).transform_error(
        [&](const Error& error) { return node.wrong(error.message).error(); });
}

/// A part of a name: what a path of the interface can have between two slashes.
Result<std::string> component(const cbor::Node& node, std::string_view text) {
    std::string part(text);
    std::ranges::replace(part, ' ', '_');
    const bool is_good =
        !part.empty() && part.size() <= k_max_component && part != "." && part != ".." &&
        std::ranges::all_of(part, [](char c) {
            return c > ' ' && c < 127 && std::string_view("\"\\/%?#").find(c) == std::string_view::npos;
        });
    if (!is_good)
        return node.wrong(
            "a text that cannot be part of a name: empty, too long, or with other than plain ASCII");
    return part;
}

Result<Environment> read_environment(const cbor::Node& node) {
    RDT_CHECK(expect_keys(node, {0})); // instances and groups would have to narrow what a value is for
    const auto map = node[0];
    RDT_CHECK(expect_keys(map, {0, 1, 2, 3, 4}));
    if (map.members()->empty()) return map.wrong("a class that is none");
    Environment environment;
    std::string id;
    if (map[0].is_present()) {
        RDT_TRY(id, tagged_id(map[0]));
    }
    for (const std::int64_t key : {1, 2}) {
        environment.origin += '|';
        if (!map[key].is_present()) continue;
        RDT_TRY(const auto text, map[key].text());
        RDT_TRY(auto part, component(map[key], text));
        environment.origin += part;
        environment.components.push_back(std::move(part));
    }
    environment.origin += '|' + id;
    for (const std::int64_t key : {3, 4}) {
        environment.origin += '|';
        if (!map[key].is_present()) continue;
        RDT_TRY(const auto number, map[key].unsigned_number());
        environment.origin += std::to_string(number);
    }
    if (environment.components.empty() && !id.empty()) environment.components.push_back(std::move(id));
    return environment;
}

Result<std::string> read_key(const cbor::Node& node) {
    if (node.is(cbor::Kind::text)) {
        RDT_TRY(const auto text, node.text());
        return component(node, text);
    }
    if (node.is(cbor::Kind::unsigned_number)) {
        RDT_TRY(const auto number, node.unsigned_number());
        return std::format("claim{}", number);
    }
    return tagged_id(node);
}

Result<std::string> read_digest(const cbor::Node& node) {
    struct Known {
        std::uint64_t number;
        std::string_view name;
        std::size_t size;
    };
    // Source: IANA, Named Information Hash Algorithm Registry; truncated ones are not taken.
    static constexpr std::array<Known, 6> k_known{{{1, "sha-256", 32},
                                                   {7, "sha-384", 48},
                                                   {8, "sha-512", 64},
                                                   {10, "sha3-256", 32},
                                                   {11, "sha3-384", 48},
                                                   {12, "sha3-512", 64}}};
    RDT_TRY(const auto pair, node.array());
    if (pair.size() != 2) return node.wrong("not an algorithm and a digest");
    const auto number = pair[0].unsigned_number();
    const auto name = pair[0].text();
    const auto found = std::ranges::find_if(k_known, [&](const Known& known) {
        return (number && *number == known.number) || (name && *name == known.name);
    });
    if (found == k_known.end()) return pair[0].wrong("a hash that is not known, or weak");
    RDT_TRY(const auto digest, pair[1].bytes());
    if (digest.size() != found->size)
        return pair[1].wrong(
            std::format("{} bytes, where {} has {}", digest.size(), found->name, found->size));
    return to_hex(digest);
}

Status read_digests(const cbor::Node& node, const std::string& ending, std::vector<Part>& parts) {
    RDT_TRY(const auto digests, node.array());
    if (digests.empty()) return node.wrong("no digest");
    for (const auto& digest : digests) {
        RDT_TRY(const auto hex, read_digest(digest));
        parts.push_back({ending, bj::value(hex)});
    }
    return {};
}

Status read_registers(const cbor::Node& node, std::vector<Part>& parts) {
    RDT_TRY(const auto registers, node.members());
    if (registers.empty()) return node.wrong("no register");
    for (const auto& [key, digests] : registers) {
        std::string id;
        if (const auto number = key.unsigned_number()) {
            id = std::to_string(*number);
        } else {
            RDT_TRY(const auto text, key.text());
            RDT_TRY(id, component(key, text));
        }
        RDT_CHECK(read_digests(digests, "integrity_registers/" + id, parts));
    }
    return {};
}

Status read_svn(const cbor::Node& node, std::vector<Part>& parts) {
    const bool is_least = node.tag() == k_tag_least_svn;
    auto value = node;
    if (node.tag()) {
        RDT_TRY(value, node.tagged(is_least ? k_tag_least_svn : k_tag_svn));
    }
    RDT_TRY(const auto number, value.unsigned_number());
    parts.push_back({is_least ? "min_svn" : "svn", bj::value(number)});
    return {};
}

Result<std::vector<Part>> read_parts(const cbor::Node& values) {
    std::vector<Part> parts;
    if (const auto node = values[k_version]; node.is_present()) {
        RDT_CHECK(expect_keys(node, {0, 1}));
        RDT_TRY(const auto text, node[0].text());
        parts.push_back({"version", bj::value(text)});
    }
    if (const auto node = values[k_svn]; node.is_present()) RDT_CHECK(read_svn(node, parts));
    if (const auto node = values[k_digests]; node.is_present())
        RDT_CHECK(read_digests(node, "digests", parts));
    if (const auto node = values[k_raw_value]; node.is_present()) {
        RDT_TRY(const auto content, node.tagged(k_tag_bytes)); // with a mask it is of another tag
        RDT_TRY(const auto bytes, content.bytes());
        parts.push_back({"raw_bytes", bj::value(to_hex(bytes))});
    }
    if (const auto node = values[k_registers]; node.is_present()) RDT_CHECK(read_registers(node, parts));
    if (parts.empty()) return values.wrong("a measurement without a value");
    return parts;
}

/// The names by class: what Trustee's reference value service makes of the same triple.
Status name_by_class(const cbor::Node& measurement, const Environment& environment,
                     ValueCollector& collector) {
    std::string path;
    for (const auto& part : environment.components) path += part + '/';
    if (const auto key = measurement[0]; key.is_present()) {
        RDT_TRY(const auto text, read_key(key));
        path += text + '/';
    }
    const auto values = measurement[1];
    for (const std::int64_t key : {k_name, k_serial}) {
        if (!values[key].is_present()) continue;
        RDT_TRY(const auto text, values[key].text());
        RDT_TRY(const auto part, component(values[key], text));
        path += part + '/';
    }
    if (path.empty()) return measurement.wrong("nothing that names what is measured");
    RDT_TRY(auto parts, read_parts(values));
    for (auto& part : parts)
        RDT_CHECK(collector.add(measurement, path + part.ending, environment.origin, std::move(part.value)));
    return {};
}

/// The names by key: one kind of value, under the key itself.
Status name_by_key(const cbor::Node& measurement, const Environment& environment, ValueCollector& collector) {
    RDT_TRY(const auto text, measurement[0].text());
    RDT_TRY(const auto id, component(measurement[0], text));
    RDT_TRY(auto parts, read_parts(measurement[1]));
    RDT_CHECK(expect_keys(measurement[1], {k_version, k_svn, k_digests, k_raw_value}));
    for (auto& part : parts) {
        if (part.ending != parts.front().ending)
            return measurement.wrong("values of two kinds under one name");
        if (part.ending == "min_svn")
            return measurement.wrong("a least SVN, where a name has values that are right",
                                     Code::unimplemented);
        RDT_CHECK(collector.add(measurement, id, environment.origin, std::move(part.value)));
    }
    return {};
}

Status read_measurement(const cbor::Node& measurement, const Environment& environment, Naming naming,
                        ValueCollector& collector) {
    RDT_CHECK(expect_keys(measurement, {0, 1}));
    RDT_CHECK(expect_keys(measurement[1],
                          {k_version, k_svn, k_digests, k_raw_value, k_serial, k_name, k_registers}));
    return naming == Naming::by_key ? name_by_key(measurement, environment, collector)
                                    : name_by_class(measurement, environment, collector);
}

/// Tags that a tag replaces are not known here, so that they could be taken out.
Status check_links(const cbor::Node& links) {
    if (!links.is_present()) return {};
    RDT_TRY(const auto list, links.array());
    for (const auto& link : list) {
        RDT_TRY(const auto relation, link[1].number());
        if (relation != 0) return link.wrong("a tag that replaces another", Code::unimplemented);
    }
    return {};
}

} // namespace

Status ValueCollector::add(const cbor::Node& at, std::string id, std::string_view origin, bj::value value) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
        if (order_.size() >= k_max_names) return at.wrong("too many names", Code::resource_exhausted);
        order_.push_back(id);
        entries_.emplace(std::move(id), Entry{std::string(origin), {std::move(value)}});
        return {};
    }
    auto& entry = found->second;
    if (entry.origin != origin) return at.wrong(std::format("'{}' is a name of two classes", id));
    if (std::ranges::contains(entry.values, value)) return {};
    if (entry.values.size() >= k_max_values)
        return at.wrong(std::format("too many values of '{}'", id), Code::resource_exhausted);
    entry.values.push_back(std::move(value));
    return {};
}

std::vector<std::pair<std::string, bj::array>> ValueCollector::take() {
    std::vector<std::pair<std::string, bj::array>> taken;
    taken.reserve(order_.size());
    for (auto& id : order_) taken.emplace_back(id, std::move(entries_.at(id).values));
    return taken;
}

Status read_comid(const cbor::Node& comid, Naming naming, ValueCollector& values) {
    RDT_CHECK(expect_keys(comid, {0, 1, 2, 3, 4}));
    RDT_TRY(const auto identity, comid[1].members());
    if (identity.empty()) return comid[1].wrong("no identity");
    RDT_CHECK(check_links(comid[3]));
    // The other triples endorse, or name keys and domains: none of them makes a reference value right.
    RDT_CHECK(expect_keys(comid[4], {0, 1, 2, 3, 4, 5, 6, 8, 9, 10}));
    const auto reference_triples = comid[4][0];
    if (!reference_triples.is_present()) return {};
    RDT_TRY(const auto triples, reference_triples.array());
    for (const auto& triple : triples) {
        RDT_TRY(const auto pair, triple.array());
        if (pair.size() != 2) return triple.wrong("not an environment and its measurements");
        RDT_TRY(const auto environment, read_environment(pair[0]));
        RDT_TRY(const auto measurements, pair[1].array());
        for (const auto& measurement : measurements)
            RDT_CHECK(read_measurement(measurement, environment, naming, values));
    }
    return {};
}

Status expect_keys(const cbor::Node& map, std::initializer_list<std::int64_t> keys) {
    RDT_TRY(const auto members, map.members());
    for (const auto& [key, value] : members) {
        const auto number = key.number();
        if (number && std::ranges::contains(keys, *number)) continue;
        return key.wrong(number ? std::format("member {} is not implemented", *number)
                                : "a member that is not implemented",
                         Code::unimplemented);
    }
    return {};
}

} // namespace redoubt::services::reference_values
