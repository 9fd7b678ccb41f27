// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/reference_values/corim.hpp"

#include <algorithm>

#include "common/cose/sign1.hpp"
#include "common/encoding/cbor.hpp"
#include "common/jose/jwk.hpp"
#include "services/reference_values/comid.hpp"

namespace redoubt::services::reference_values {
namespace {

constexpr std::string_view k_document = "corim";
constexpr cbor::Limits k_limits{.max_bytes = 2U << 20U};

// CBOR tags. Source: IANA, CBOR Tags; 500 and 502 are of the drafts up to 04.
constexpr std::uint64_t k_tag_time = 1;
constexpr std::uint64_t k_tag_sign1 = 18;
constexpr std::uint64_t k_tag_uri = 32;
constexpr std::uint64_t k_tag_any_corim = 500;
constexpr std::uint64_t k_tag_corim = 501;
constexpr std::uint64_t k_tag_signed_corim = 502;
constexpr std::uint64_t k_tag_comid = 506;

// Labels of the protected header.
constexpr std::int64_t k_label_content_type = 3;
constexpr std::int64_t k_label_meta = 8;
constexpr std::int64_t k_label_claims = 15;

/// From when to when something is to be believed.
class Period {
  public:
    explicit Period(Time now) : now_(now), until_(now + k_default_lifetime) {}

    Status begins(const cbor::Node& at, std::int64_t seconds) {
        RDT_TRY(const auto time, time_of(at, seconds));
        if (now_ < time) return at.wrong("not valid before " + tee::render_time(time));
        return {};
    }
    Status ends(const cbor::Node& at, std::int64_t seconds) {
        RDT_TRY(const auto time, time_of(at, seconds));
        if (time <= now_) return at.wrong("it ended at " + tee::render_time(time));
        until_ = has_end_ ? std::min(until_, time) : time;
        has_end_ = true;
        return {};
    }
    [[nodiscard]] Time until() const { return until_; }

  private:
    static Result<Time> time_of(const cbor::Node& at, std::int64_t seconds) {
        constexpr std::int64_t k_year_9999 = 253'402'300'799;
        if (seconds < 0 || seconds > k_year_9999) return at.wrong("a time that is none");
        return Time(std::chrono::seconds(seconds));
    }

    Time now_;
    Time until_;
    bool has_end_ = false;
};

/// A validity-map: not before, not after.
Status read_validity(const cbor::Node& node, Period& period) {
    if (!node.is_present()) return {};
    RDT_CHECK(expect_keys(node, {0, 1}));
    if (node[0].is_present()) {
        RDT_TRY(const auto time, node[0].tagged(k_tag_time));
        RDT_TRY(const auto seconds, time.number());
        RDT_CHECK(period.begins(time, seconds));
    }
    RDT_TRY(const auto time, node[1].tagged(k_tag_time));
    RDT_TRY(const auto seconds, time.number());
    return period.ends(time, seconds);
}

/// Who signed, as he says it, in a map of CoRIM's or in claims of a CBOR Web Token.
Status read_meta(const cbor::Node& header, Period& period) {
    if (const auto node = header[k_label_meta]; node.is_present()) {
        RDT_TRY(const auto bytes, node.bytes());
        RDT_TRY(const auto meta, cbor::parse(k_document, bytes, k_limits, node.content_offset()));
        RDT_CHECK(expect_keys(meta.root(), {0, 1}));
        RDT_TRY(const auto name, meta.root()[0][0].text());
        if (name.empty()) return meta.root().wrong("a signer without a name");
        RDT_CHECK(read_validity(meta.root()[1], period));
    }
    const auto claims = header[k_label_claims];
    if (!claims.is_present()) {
        if (!header[k_label_meta].is_present()) return header.wrong("nothing says who signed it");
        return {};
    }
    RDT_TRY(const auto issuer, claims[1].text());
    if (issuer.empty()) return claims.wrong("an issuer without a name");
    if (const auto node = claims[5]; node.is_present()) {
        RDT_TRY(const auto seconds, node.number());
        RDT_CHECK(period.begins(node, seconds));
    }
    if (const auto node = claims[4]; node.is_present()) {
        RDT_TRY(const auto seconds, node.number());
        RDT_CHECK(period.ends(node, seconds));
    }
    return {};
}

Result<Naming> read_profile(const cbor::Node& node) {
    if (!node.is_present()) return Naming::by_class;
    // Whoever does not know a profile has to leave the whole alone.
    if (node.tag() != k_tag_uri) return node.wrong("a profile that is not implemented", Code::unimplemented);
    RDT_TRY(const auto uri, node.tagged(k_tag_uri));
    RDT_TRY(const auto text, uri.text());
    if (text == k_corim_profile) return Naming::by_key;
    return node.wrong(std::format("profile '{}' is not implemented", text.substr(0, 100)),
                      Code::unimplemented);
}

Status read_tag(const cbor::Node& tag, Naming naming, ValueCollector& values) {
    if (tag.tag() && *tag.tag() != k_tag_comid)
        return tag.wrong(std::format("tag {}, which is no CoMID, is not implemented", *tag.tag()),
                         Code::unimplemented);
    RDT_TRY(const auto content, tag.tagged(k_tag_comid));
    RDT_TRY(const auto bytes, content.bytes());
    RDT_TRY(const auto comid, cbor::parse(k_document, bytes, k_limits, content.content_offset()));
    return read_comid(comid.root(), naming, values);
}

Status read_corim_map(const cbor::Node& map, Period& period, ValueCollector& values) {
    RDT_CHECK(expect_keys(map, {0, 1, 2, 3, 4, 5}));
    if (!map[0].is_present()) return map.wrong("an id is missing");
    RDT_TRY(const auto naming, read_profile(map[3]));
    RDT_CHECK(read_validity(map[4], period));
    RDT_TRY(const auto tags, map[1].array());
    for (const auto& tag : tags) RDT_CHECK(read_tag(tag, naming, values));
    return {};
}

Result<cbor::Node> without_tag(const cbor::Node& node, std::uint64_t tag) {
    return node.tag() == tag ? node.tagged(tag) : Result<cbor::Node>(node);
}

Result<std::vector<ReferenceValue>> finish(ValueCollector& collector, const Period& period,
                                           std::string_view source) {
    std::vector<ReferenceValue> values;
    for (auto& [id, list] : collector.take()) {
        RDT_CHECK(check_id(id));
        values.push_back({std::move(id), std::move(list), period.until(), std::string(source)});
    }
    if (values.empty()) return fail(Code::invalid_argument, "{}: no reference values", k_document);
    return values;
}

Result<std::vector<ReferenceValue>> read_signed(const cbor::Node& node, const Signers& signers, Time now) {
    RDT_TRY(const auto message, cose::parse_sign1(k_document, node));
    const auto signer = std::ranges::find_if(
        signers, [&](const auto& key) { return cose::verify_sign1(message, key).has_value(); });
    if (signer == signers.end())
        return fail(Code::permission_denied, "reference values: not signed by a key of this tenant");
    const auto header = message.header.root();
    RDT_TRY(const auto type, header[k_label_content_type].text());
    if (type != "application/rim+cbor" && type != "application/corim-unsigned+cbor")
        return header[k_label_content_type].wrong("not the content type of a CoRIM");
    Period period(now);
    RDT_CHECK(read_meta(header, period));
    RDT_TRY(const auto payload, cbor::parse(k_document, message.payload, k_limits, message.payload_offset));
    RDT_TRY(const auto corim, without_tag(payload.root(), k_tag_any_corim));
    RDT_TRY(const auto map, corim.tagged(k_tag_corim));
    ValueCollector values;
    RDT_CHECK(read_corim_map(map, period, values));
    RDT_TRY(const auto thumbprint, jose::thumbprint(*signer));
    return finish(values, period, "signed by " + thumbprint);
}

} // namespace

Result<std::vector<ReferenceValue>> read_corim(std::string_view bytes, const Signers& signers, Unsigned rule,
                                               std::string_view author, Time now) {
    RDT_TRY(const auto document, cbor::parse(k_document, bytes, k_limits));
    RDT_TRY(auto node, without_tag(document.root(), k_tag_any_corim));
    const bool is_signed = node.tag() == k_tag_sign1 || node.tag() == k_tag_signed_corim;
    if (is_signed) {
        RDT_TRY(node, without_tag(node, k_tag_signed_corim));
        RDT_TRY(const auto message, node.tagged(k_tag_sign1));
        return read_signed(message, signers, now);
    }
    RDT_TRY(const auto map, node.tagged(k_tag_corim));
    if (rule == Unsigned::refused)
        return fail(Code::permission_denied, "reference values: this tenant takes signed ones only");
    Period period(now);
    ValueCollector values;
    RDT_CHECK(read_corim_map(map, period, values));
    return finish(values, period, author);
}

} // namespace redoubt::services::reference_values
