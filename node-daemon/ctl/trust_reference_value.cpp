// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "common/encoding/base64.hpp"
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;

struct Message {
    std::string type;
    std::string payload;
};

Result<Message> message_of(const ReferenceValueAddOptions& options) {
    const auto ways = std::ranges::count_if(
        std::array{&options.file, &options.signed_file, &options.corim_file, &options.name},
        [](const std::string* text) { return !text->empty(); });
    if (ways != 1)
        return fail(Code::invalid_argument,
                    "either NAME and VALUEs, or --file, --signed or --corim is needed");
    if (!options.file.empty()) {
        RDT_TRY(auto text, read_input(options.file));
        return Message{"sample", std::move(text)};
    }
    if (!options.signed_file.empty()) {
        RDT_TRY(auto text, read_input(options.signed_file));
        while (text.ends_with('\n')) text.pop_back();
        return Message{"jws", std::move(text)};
    }
    if (!options.corim_file.empty()) {
        RDT_TRY(auto bytes, read_input(options.corim_file));
        return Message{"corim", std::move(bytes)};
    }
    if (options.values.empty()) return fail(Code::invalid_argument, "'{}' has no VALUE", options.name);
    bj::array values;
    for (const auto& value : options.values) values.emplace_back(value);
    return Message{"sample", bj::serialize(bj::object{{options.name, std::move(values)}})};
}

std::string object_of(const ReferenceValueAddOptions& options) {
    return options.name.empty() ? "reference-value" : "reference-value/" + options.name;
}

} // namespace

Result<int> trust_reference_value_add(TrustCall call, const ReferenceValueAddOptions& options) {
    RDT_TRY(const auto message, message_of(options));
    const bj::object body{
        {"version", "0.1.0"}, {"type", message.type}, {"payload", encoding::to_base64(message.payload)}};
    RDT_TRY(auto made,
            call.client.change("POST", "/kbs/v0/reference-value", bj::serialize(body), object_of(options)));
    return report_changes(call, {std::move(made)});
}

Result<int> trust_reference_value_ls(TrustCall call) {
    RDT_TRY(const auto document, call.client.get("/redoubt/v1/reference-values"));
    return show(call, view_reference_values(document.root()));
}

Result<int> trust_reference_value_rm(TrustCall call, const ReferenceValueRmOptions& options) {
    return change_each(call, options.names, [&](const std::string& name) -> Result<TrustChange> {
        RDT_CHECK(check_path_name(name));
        return call.client.change("DELETE", "/redoubt/v1/reference-value/" + name, {},
                                  "reference-value/" + name);
    });
}

Result<int> trust_reference_value_history(TrustCall call, const ReferenceValueHistoryOptions& options) {
    RDT_CHECK(check_path_name(options.name));
    RDT_TRY(const auto document, call.client.get("/redoubt/v1/reference-value-history/" + options.name));
    return show(call, view_reference_value_versions(options.name, document.root()));
}

} // namespace redoubt::ctl
