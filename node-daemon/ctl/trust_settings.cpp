// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_settings.hpp"

#include <array>

#include "common/config/settings.hpp"
#include "common/http/loopback.hpp"
#include "common/http/url.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;

struct Setting {
    const char* key;
    const char* variable;
    std::string TrustConnection::* member;
    const char* description;
    bool is_path;
};
constexpr std::array<Setting, 6> k_settings{{
    {"kbs", "REDOUBT_KBS", &TrustConnection::kbs, "URL of the key broker", false},
    {"ca", "REDOUBT_KBS_CA", &TrustConnection::ca, "authority of its certificate", true},
    {"cert", "REDOUBT_KBS_CERT", &TrustConnection::certificate, "our certificate", true},
    {"key", "REDOUBT_KBS_KEY", &TrustConnection::key, "its key", true},
    {"token_file", "REDOUBT_KBS_TOKEN_FILE", &TrustConnection::token_file, "an administrator's token", true},
    {"tenant", "REDOUBT_KBS_TENANT", &TrustConnection::tenant, "whose", false},
}};

config::Schema schema() {
    std::vector<config::Key> keys;
    keys.reserve(k_settings.size());
    for (const auto& setting : k_settings)
        keys.push_back({.name = setting.key,
                        .default_value = std::string(),
                        .description = setting.description,
                        .limits = {},
                        .choices = {}});
    return config::Schema(std::move(keys));
}

Status check_url(std::string& text) {
    RDT_TRY(const auto url, http::parse_url(text).transform_error(context("--kbs")));
    if (url.target != "/" || !url.user_info.empty())
        return fail(Code::invalid_argument, "--kbs '{}': only https://HOST[:PORT]", url.render());
    if (!url.is_tls() && !http::is_loopback(url.host))
        return fail(Code::invalid_argument, "--kbs '{}': plain HTTP is for brokers on this machine only",
                    text);
    while (text.ends_with('/')) text.pop_back();
    return {};
}

} // namespace

fs::path trust_config_file(const Environment& environment) {
    fs::path folder = environment("XDG_CONFIG_HOME");
    if (!folder.is_absolute()) {
        const fs::path home = environment("HOME");
        if (!home.is_absolute()) return {};
        folder = home / ".config";
    }
    return folder / "redoubt" / "trust.toml";
}

Result<TrustConnection> complete_connection(TrustConnection flags, const Environment& environment,
                                            const fs::path& file) {
    config::Settings settings(schema());
    if (!file.empty()) {
        RDT_TRY(settings, config::Settings::load(schema(), file, config::Presence::optional));
    }
    // A certificate of one place with the key of another would be nobody's.
    const bool has_own_pair = !flags.certificate.empty() || !flags.key.empty();
    for (const auto& setting : k_settings) {
        auto& value = flags.*setting.member;
        const bool is_of_pair =
            setting.member == &TrustConnection::certificate || setting.member == &TrustConnection::key;
        if (!value.empty() || (has_own_pair && is_of_pair)) continue;
        value = environment(setting.variable);
        if (!value.empty()) continue;
        value = settings.get<std::string>(setting.key);
        if (setting.is_path && !value.empty()) value = (file.parent_path() / value).native();
    }
    if (flags.kbs.empty())
        return fail(Code::invalid_argument,
                    "which key broker: --kbs https://HOST:PORT, $REDOUBT_KBS, or kbs = \"...\" in {}",
                    file.empty() ? "trust.toml" : file.native());
    RDT_CHECK(check_url(flags.kbs));
    if (flags.certificate.empty() != flags.key.empty())
        return fail(Code::invalid_argument, "--cert and --key belong together");
    return flags;
}

} // namespace redoubt::ctl
