// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "common/base/file.hpp"
#include "services/options.hpp"

namespace redoubt::services {
namespace {

TEST(Config, EveryKeyAndItsDefaultStandInTheManual) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    ASSERT_NE(source, nullptr) << "run through ctest, or set REDOUBT_SOURCE to the tree";
    const auto manual = read_file(std::string(source) + "/docs/man/redoubt-kbs.toml.5.md");
    ASSERT_TRUE(manual) << manual.error().message;
    for (const auto& key : config_schema().keys()) {
        const std::string row = "| " + key.name + " | " + config::render_value(key.default_value) + " |";
        EXPECT_NE(manual->find(row), std::string::npos) << row;
        EXPECT_FALSE(key.description.empty()) << key.name;
    }
}

TEST(Config, IsGoodByDefault) {
    const auto config = make_config(config::Settings(config_schema()));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->store_file(), "/var/lib/redoubt-kbs/trust.db");
    EXPECT_FALSE(config->tls.is_off);
}

TEST(Config, GrpcIsForClientsWithCertificatesOnly) {
    const auto complaint_of = [](std::string_view text) {
        const auto file = std::filesystem::path(::testing::TempDir()) / "grpc.toml";
        std::ofstream(file) << text;
        const auto settings = load_settings(file, config::Presence::required);
        const auto config = settings ? make_config(*settings) : std::unexpected(settings.error());
        return config ? std::string() : config.error().message;
    };
    EXPECT_EQ(complaint_of("grpc.listen = \"[::]:8443\"\ntls.client_authorities = \"/a.crt\"\n"), "");
    EXPECT_TRUE(complaint_of("grpc.listen = \"[::]:8443\"\n").contains("tls.client_authorities"));
    EXPECT_TRUE(
        complaint_of("grpc.listen = \"[::]:8443\"\ntls.client_authorities = \"/a.crt\"\ntls.off = true\n")
            .contains("TLS"));
}

TEST(Config, SpeaksPlainHttpOnLoopbackAddressesOnly) {
    const auto complaint_of = [](std::string_view listen) {
        const auto file = std::filesystem::path(::testing::TempDir()) / "plain.toml";
        std::ofstream(file) << "listen = \"" << listen << "\"\ntls.off = true\n";
        const auto settings = load_settings(file, config::Presence::required);
        const auto config = settings ? make_config(*settings) : std::unexpected(settings.error());
        return config ? std::string() : config.error().message;
    };
    for (const auto* here : {"127.0.0.1:8080", "[::1]:8080"}) EXPECT_EQ(complaint_of(here), "") << here;
    for (const auto* elsewhere : {"0.0.0.0:8080", "[::]:8080", "127.evil.example:8080", "10.0.0.1:8080"})
        EXPECT_TRUE(complaint_of(elsewhere).contains("loopback")) << elsewhere;
}

TEST(Config, FetchesOnlyFromWhoIsNamedAndOverHttps) {
    const auto read = [](std::string_view text) -> Result<Config> {
        const auto file = std::filesystem::path(::testing::TempDir()) / "fetch.toml";
        std::ofstream(file) << "[collateral]\n" << text;
        RDT_TRY(const auto settings, load_settings(file, config::Presence::required));
        return make_config(settings);
    };
    EXPECT_FALSE(read("")->collateral.fetch.fetches_something());
    const auto config = read("amd_url = \"https://kds.test/\"\namd_products = [\"genoa\"]\namd_vceks = true\n"
                             "intel_url = \"https://pcs.test\"\nintel_platforms = [\"00806F050000\"]\n");
    ASSERT_TRUE(config) << config.error().message;
    const auto& fetch = config->collateral.fetch;
    EXPECT_EQ(fetch.amd_url, "https://kds.test");
    EXPECT_EQ(fetch.amd_products, std::vector{tee::sev_snp::Product::genoa});
    EXPECT_EQ(fetch.intel_platforms, std::vector<std::string>{"00806f050000"});
    EXPECT_EQ(fetch.refresh, std::chrono::days(1));
    const auto complaint = [&](std::string_view text) { return read(text).error().message; };
    EXPECT_TRUE(complaint("amd_url = \"http://kds.test\"\n").contains("only https"));
    EXPECT_TRUE(complaint("amd_vceks = true\n").contains("names nobody to ask"));
    EXPECT_TRUE(complaint("intel_url = \"https://pcs.test\"\n").contains("names no platform"));
    EXPECT_TRUE(complaint("amd_products = [\"Naples\"]\n").contains("collateral.amd_products"));
}

Result<Options> options_of(std::vector<std::string> words) {
    words.insert(words.begin(), "redoubt-kbs");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, AreWhatTheHelpSays) {
    EXPECT_EQ(options_of({})->asks, Options::Asks::serve);
    EXPECT_EQ(options_of({"init", "--config", "/x"})->config_file, "/x");
    EXPECT_EQ(options_of({"audit", "verify", "--config=/x", "lines"})->argument, "lines");
    EXPECT_EQ(options_of({"audit", "export"})->asks, Options::Asks::audit_export);
    EXPECT_EQ(options_of({"--print-config"})->asks, Options::Asks::print_config);
    EXPECT_EQ(options_of({"rekey", "acme"})->argument, "acme");
    EXPECT_EQ(options_of({"restore", "/x"})->asks, Options::Asks::restore);
    const auto slot =
        options_of({"slot", "add-tpm", "--measured-boot", "--public-key=/k", "--without-pin"})->tpm_slot;
    EXPECT_TRUE(slot.is_for_boot);
    EXPECT_FALSE(slot.has_pin);
    EXPECT_EQ(slot.public_key, "/k");
    EXPECT_TRUE(options_of({"slot", "add-tpm"})->tpm_slot.has_pin);
    for (const auto& words :
         std::initializer_list<std::vector<std::string>>{{"x"},
                                                         {"init", "x"},
                                                         {"audit"},
                                                         {"audit", "x"},
                                                         {"audit", "export", "x"},
                                                         {"--config"},
                                                         {"--x"},
                                                         {"audit", "verify", "a", "b"},
                                                         {"slot"},
                                                         {"backup"},
                                                         {"restore"},
                                                         {"rekey", "a", "b"},
                                                         {"backup", "a", "b"},
                                                         {"slot", "remove"},
                                                         {"slot", "list", "x"},
                                                         {"slot", "list", "--measured-boot"},
                                                         {"slot", "add-tpm", "--without-pin"},
                                                         {"slot", "add-tpm", "--public-key=/k"},
                                                         {"slot", "add-tpm", "--public-key"}})
        EXPECT_EQ(options_of(words).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::services
