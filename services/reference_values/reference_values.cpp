// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/reference_values/reference_values.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/jose/jws.hpp"
#include "services/reference_values/corim.hpp"

namespace redoubt::services::reference_values {
namespace {

namespace bj = boost::json;

constexpr std::size_t k_max_id = 256;
constexpr std::size_t k_max_values = 4096;

Result<std::vector<ReferenceValue>> read_values(const json::Node& object, Time expires,
                                                std::string_view source) {
    RDT_TRY(const auto members, object.members());
    if (members.size() > k_max_values) return object.wrong("too many values");
    std::vector<ReferenceValue> values;
    for (const auto& [id, node] : members) {
        RDT_CHECK(check_id(id));
        if (!node.is_present()) return node.wrong("no value");
        values.push_back({id, *node.value(), expires, std::string(source)});
    }
    return values;
}

Result<std::vector<ReferenceValue>> read_signed(std::string_view payload, const Signers& signers, Time now) {
    RDT_TRY(const auto jws, jose::parse_jws(payload, {.max_bytes = 2U << 20U}));
    for (const auto& signer : signers) {
        RDT_TRY(const auto algorithm, jose::algorithm_of(signer));
        if (!jose::verify_jws(jws, signer, algorithm)) continue;
        RDT_TRY(const auto document, json::parse("reference values", jws.payload));
        RDT_TRY(const auto expires_text, document.root()["expires"].string());
        RDT_TRY(const auto expires,
                tee::parse_time(expires_text).transform_error(context("reference values.expires")));
        if (expires <= now)
            return fail(Code::invalid_argument, "reference values: they ended at {}", expires_text);
        RDT_TRY(const auto thumbprint, jose::thumbprint(signer));
        return read_values(document.root()["reference_values"], expires, "signed by " + thumbprint);
    }
    return fail(Code::permission_denied, "reference values: not signed by a key of this tenant");
}

/// The same text; of hex, in upper or lower case.
bool is_same_value(std::string_view left, std::string_view right) {
    if (left == right) return true;
    const auto a = encoding::from_hex(left);
    const auto b = encoding::from_hex(right);
    return a && b && *a == *b;
}

} // namespace

Status check_id(std::string_view id) {
    const bool is_good = !id.empty() && id.size() <= k_max_id && std::ranges::all_of(id, [](char c) {
        return c > ' ' && c < 127 && c != '"' && c != '\\';
    });
    if (!is_good)
        return fail(Code::invalid_argument,
                    "reference value: a name that is empty, too long or not plain ASCII");
    return {};
}

Result<std::vector<ReferenceValue>> parse_message(std::string_view text, const Signers& signers,
                                                  Unsigned rule, std::string_view author, Time now) {
    RDT_TRY(const auto document, json::parse("message", text));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].string_or("0.1.0"));
    if (version != "0.1.0") return root["version"].wrong("not 0.1.0");
    RDT_TRY(const auto type, root["type"].string());
    RDT_TRY(const auto encoded, root["payload"].string());
    RDT_TRY(const auto payload, encoding::from_base64(encoded).transform_error(context("message.payload")));
    if (type == "jws") return read_signed(payload, signers, now);
    if (type == "corim") return read_corim(payload, signers, rule, author, now);
    if (type == "swid")
        return fail(Code::unimplemented, "reference values of type '{}' are not implemented", type);
    if (type != "sample") return root["type"].wrong("not sample, jws or corim");
    if (rule == Unsigned::refused)
        return fail(Code::permission_denied, "reference values: this tenant takes signed ones only");
    RDT_TRY(const auto values, json::parse("payload", payload));
    return read_values(values.root(), now + k_default_lifetime, author);
}

std::string render_stored(const ReferenceValue& value) {
    return bj::serialize(bj::object{
        {"value", value.value}, {"expires", tee::render_time(value.expires)}, {"source", value.source}});
}

Result<ReferenceValue> parse_stored(std::string id, std::string_view text) {
    RDT_TRY(const auto document, json::parse("stored reference value", text));
    RDT_TRY(const auto expires_text, document.root()["expires"].string());
    RDT_TRY(const auto expires, tee::parse_time(expires_text));
    RDT_TRY(auto source, document.root()["source"].string());
    const auto* value = document.root()["value"].value();
    if (value == nullptr) return document.root().wrong("no value");
    return ReferenceValue{std::move(id), *value, expires, std::move(source)};
}

const ReferenceValue* ReferenceValues::find(std::string_view id, Time now) const {
    const auto found = values_.find(id);
    return found != values_.end() && now < found->second.expires ? &found->second : nullptr;
}

bool ReferenceValues::lists(std::string_view id, std::string_view text, Time now) const {
    const auto* found = find(id, now);
    if (found == nullptr || text.empty()) return false;
    const auto is_text = [&](const bj::value& value) {
        return value.is_string() && is_same_value(value.get_string(), text);
    };
    if (found->value.is_array()) return std::ranges::any_of(found->value.get_array(), is_text);
    return is_text(found->value);
}

std::vector<std::string> ReferenceValues::names(std::string_view prefix, Time now) const {
    std::vector<std::string> found;
    for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at)
        if (now < at->second.expires) found.push_back(at->first);
    return found;
}

} // namespace redoubt::services::reference_values
