// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/admin_auth.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/http/message.hpp"
#include "common/jose/jws.hpp"

namespace redoubt::services::api {

using key_broker::Administrator;
using key_broker::Answer;

Result<KnownCertificate> parse_known_certificate(std::string_view text) {
    const auto wrong = [&] {
        return fail(Code::invalid_argument, "'{}' is not SHA256=ROLE or SHA256=ROLE@TENANT",
                    text.substr(0, 120));
    };
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return wrong();
    const auto digest = encoding::from_hex(text.substr(0, equals));
    if (!digest || digest->size() != 32) return wrong();
    auto role_text = text.substr(equals + 1);
    KnownCertificate known;
    known.sha256 = encoding::to_hex(*digest);
    if (const auto at = role_text.find('@'); at != std::string_view::npos) {
        known.tenant = role_text.substr(at + 1);
        role_text = role_text.substr(0, at);
        if (!key_broker::is_tenant_name(known.tenant)) return wrong();
    }
    const auto role = key_broker::role_of_name(role_text);
    if (!role) return wrong();
    known.role = *role;
    return known;
}

std::optional<std::string> bearer_of(const http::ServerRequest& request) {
    constexpr std::string_view k_scheme = "Bearer ";
    const auto values = request.headers.find_all("Authorization");
    if (values.size() != 1 || values[0].size() <= k_scheme.size() ||
        !http::is_equal_ignoring_case(std::string_view(values[0]).substr(0, k_scheme.size()), k_scheme))
        return std::nullopt;
    return values[0].substr(k_scheme.size());
}

Answer<Administrator> AdminAuthority::identify(const http::ServerRequest& request, tee::Time now) const {
    for (const auto& known : certificates_)
        if (!request.peer.certificate_sha256.empty() && known.sha256 == request.peer.certificate_sha256)
            return Administrator{"certificate:" + request.peer.common_name, known.role, known.tenant,
                                 request.peer.address};
    const auto token = bearer_of(request);
    if (!token)
        return key_broker::refuse("AdminAuthAccess", 401,
                                  "an administrator's certificate or token is needed");
    auto administrator = read_token(*token, now);
    if (!administrator) return key_broker::refuse("AdminAuthAccess", administrator.error());
    administrator->peer = request.peer.address;
    return *std::move(administrator);
}

Result<Administrator> AdminAuthority::read_token(std::string_view token, tee::Time now) const {
    const auto refuse = [](std::string_view why) {
        return fail(Code::unauthenticated, "administrator's token: {}", why);
    };
    RDT_TRY(const auto jws, jose::parse_jws(token));
    const auto is_signer = [&](const KnownIssuer& known) {
        const auto algorithm = jose::algorithm_of(known.key);
        return algorithm && jose::verify_jws(jws, known.key, *algorithm);
    };
    const auto known = std::ranges::find_if(issuers_, is_signer);
    if (known == issuers_.end()) return refuse("not signed by a known issuer");
    RDT_TRY(const auto document, json::parse("claims", jws.payload));
    const auto root = document.root();
    if (root["iss"].string_or().value_or("") != known->issuer) return refuse("of another issuer");
    const auto seconds = now.time_since_epoch().count();
    if (const auto ends = root["exp"].integer(); !ends || *ends <= seconds)
        return refuse("it has ended, or has no end");
    if (const auto begins = root["nbf"].integer_or(0); !begins || *begins > seconds)
        return refuse("it has not begun");
    RDT_TRY(const auto role_name, root["role"].string());
    const auto role = key_broker::role_of_name(role_name);
    if (!role) return refuse("a role that is not known");
    RDT_TRY(const auto subject, root["sub"].string_or());
    RDT_TRY(const auto tenant, root["tenant"].string_or());
    if (!tenant.empty() && !key_broker::is_tenant_name(tenant)) return refuse("not a tenant's name");
    return Administrator{known->issuer + ":" + subject.substr(0, 100), *role, tenant, {}};
}

} // namespace redoubt::services::api
