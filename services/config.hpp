// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/config/settings.hpp"
#include "services/vendors/targets.hpp"

namespace redoubt::services {

inline constexpr const char* k_config_file = "/etc/redoubt-kbs/redoubt-kbs.toml";

/// redoubt-kbs's settings. What each key means is in the schema, and in redoubt-kbs.toml(5).
struct Config {
    std::string listen;
    std::filesystem::path state_dir;
    std::string log_level;
    struct {
        std::filesystem::path certificate;
        std::filesystem::path private_key;
        std::filesystem::path client_authorities;
        bool is_off = false;
    } tls;
    struct {
        std::string listen; ///< empty: nothing
    } grpc;
    struct {
        std::filesystem::path passphrase_file;
        std::uint64_t memory = 0;
        std::int64_t passes = 0;
        std::string tpm;
        std::filesystem::path tpm_pin_file;
        std::filesystem::path tpm_pcr_signature;
    } unseal;
    struct {
        std::string counter; ///< "file", "tpm", "off"
        std::filesystem::path file;
        std::int64_t tpm_index = 0;
        std::chrono::milliseconds tpm_pause{};
    } rollback;
    struct {
        std::vector<std::string> certificates;
        std::vector<std::string> issuers;
    } admin;
    struct {
        std::chrono::milliseconds session_lifetime{};
        std::vector<std::string> versions;
        std::string token_issuer;
        std::chrono::milliseconds token_lifetime{};
    } protocol;
    struct Collateral {
        std::filesystem::path folder;
        std::vector<std::string> anchors;
        bool requires_revocation_lists = true;
        std::filesystem::path authorities;
        vendors::FetchSettings fetch; ///< but the authorities, which are in that file
    } collateral;
    struct {
        std::vector<std::string> endpoints;
        std::filesystem::path authorities;
        std::filesystem::path certificate;
        std::filesystem::path private_key;
        std::chrono::milliseconds timeout{};
        std::uint64_t answer = 0;
        std::int64_t calls = 0;
    } plugins;
    struct {
        std::int64_t connections = 0;
        std::int64_t connections_of_peer = 0;
        std::uint64_t body = 0;
        std::uint64_t header = 0;
        std::chrono::milliseconds header_time{};
        std::chrono::milliseconds body_time{};
        std::int64_t guest_rate = 0;
        std::int64_t guest_burst = 0;
    } limits;

    [[nodiscard]] std::filesystem::path store_file() const { return state_dir / "trust.db"; }
};

/// Every key there is.
[[nodiscard]] config::Schema config_schema();
/// Errors: as config::Settings::load.
[[nodiscard]] Result<config::Settings> load_settings(const std::filesystem::path& file,
                                                     config::Presence presence);
/// Errors: invalid_argument keys that do not go together.
[[nodiscard]] Result<Config> make_config(const config::Settings& settings);

} // namespace redoubt::services
