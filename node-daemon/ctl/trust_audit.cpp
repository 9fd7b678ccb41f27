// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/object.hpp>

#include <charconv>

#include "common/audit/chain.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::size_t k_page = 1000; ///< lines the broker gives at once

/// Takes lines from a number on, page by page, until one is not full or `take` wants no more.
Status each_line(TrustClient& client, std::int64_t from,
                 const std::function<Result<bool>(std::string_view)>& take) {
    while (true) {
        RDT_TRY(const auto text, client.get_text(std::format("/redoubt/v1/audit?from={}", from)));
        std::size_t count = 0;
        for (std::string_view rest = text; !rest.empty(); ++count) {
            const auto end = std::min(rest.find('\n'), rest.size());
            RDT_TRY(const bool wants_more, take(rest.substr(0, end)));
            if (!wants_more) return {};
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        if (count < k_page) return {};
        from += static_cast<std::int64_t>(count);
    }
}

struct Noted {
    std::int64_t number = 0; ///< 0: nothing was
    std::string hash;
};

Result<Noted> parse_noted(const std::string& text) {
    Noted noted;
    if (text.empty()) return noted;
    const auto colon = std::min(text.find(':'), text.size());
    const auto* last = text.data() + colon;
    if (std::from_chars(text.data(), last, noted.number).ptr != last || noted.number < 1 ||
        text.size() != colon + 1 + audit::k_first_hash.size())
        return fail(Code::invalid_argument, "--expect '{}': not NUMBER:HASH as verify tells them", text);
    noted.hash = text.substr(colon + 1);
    return noted;
}

} // namespace

Result<int> trust_audit_show(TrustCall call, const AuditShowOptions& options) {
    std::uint64_t count = 0;
    RDT_CHECK(each_line(call.client, options.from, [&](std::string_view line) -> Result<bool> {
        if (call.json) {
            RDT_CHECK(print(std::string(line) + "\n"));
        } else {
            RDT_TRY(const auto text, render_audit_line(line));
            RDT_CHECK(print(text));
        }
        return ++count != options.limit;
    }));
    return 0;
}

Result<int> trust_audit_verify(TrustCall call, const AuditVerifyOptions& options) {
    RDT_TRY(const auto noted, parse_noted(options.expected));
    audit::ChainVerifier verifier;
    auto verdict = each_line(call.client, 1, [&](std::string_view line) -> Result<bool> {
        RDT_CHECK(verifier.next(line));
        if (verifier.count() == noted.number && verifier.head() != noted.hash)
            return fail(Code::data_loss, "audit record {}: not the one that was noted", noted.number);
        return true;
    });
    if (verdict && verifier.count() < noted.number)
        verdict =
            fail(Code::data_loss, "audit record {} is gone: the log has {}", noted.number, verifier.count());
    if (!verdict && verdict.error().code != Code::data_loss) return std::unexpected(verdict.error());
    const boost::json::object value{{"version", 1},
                                    {"unbroken", verdict.has_value()},
                                    {"records", verifier.count()},
                                    {"head", verifier.head()}};
    if (call.json) RDT_CHECK(print(indented(value)));
    if (!verdict) {
        print_error(verdict.error());
        return k_trust_not_there;
    }
    if (!call.json)
        RDT_CHECK(print(
            std::format("{} records, unbroken; the last has hash {}\n", verifier.count(), verifier.head())));
    return 0;
}

} // namespace redoubt::ctl
