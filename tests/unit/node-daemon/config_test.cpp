// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <format>

#include "common/base/file.hpp"

namespace redoubt::node {
namespace {

Result<Config> config_of(std::string_view text) {
    config::Settings settings(config_schema());
    RDT_CHECK(settings.merge(text, "redoubtd.toml"));
    return make_config(settings);
}

TEST(Config, HasDefaultsForEverything) {
    const auto config = config_of("");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->state_dir, "/var/lib/redoubt");
    EXPECT_EQ(config->socket_path(), "/run/redoubt/redoubtd.sock");
    EXPECT_EQ(config->sandbox.default_memory, 256U << 20U);
    EXPECT_EQ(config->sandbox.boot_timeout, std::chrono::seconds(30));
    EXPECT_EQ(config->hypervisor.accel, "auto");
}

TEST(Config, TakesWhatTheFileSays) {
    const auto config =
        config_of("runtime_dir = '/tmp/r'\n"
                  "[sandbox]\ndefault_vcpus = 4\nstop_timeout = '0s'\n"
                  "[image]\ninsecure_registries = ['localhost:5000']\nmax_layer_bytes = '1GiB'\n");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->socket_path(), "/tmp/r/redoubtd.sock");
    EXPECT_EQ(config->sandbox.default_vcpus, 4U);
    EXPECT_EQ(config->sandbox.stop_timeout, std::chrono::seconds(0));
    EXPECT_EQ(config->image.insecure_registries, std::vector<std::string>{"localhost:5000"});
    EXPECT_EQ(config->image.max_layer_bytes, 1U << 30U);
    EXPECT_EQ(config_of("api.socket = '/s'")->socket_path(), "/s");
}

TEST(Config, AddressesToListenAtAreNumbers) {
    EXPECT_TRUE(config_of("")->remote.listen.empty());
    EXPECT_EQ(config_of("remote.listen = '0.0.0.0'")->remote.listen, "0.0.0.0:7443");
    EXPECT_EQ(config_of("remote.listen = '[::]'")->remote.listen, "[::]:7443");
    EXPECT_EQ(config_of("remote.listen = '[2001:db8::1]:1'")->remote.listen, "[2001:db8::1]:1");
    EXPECT_EQ(config_of("metrics.listen = '127.0.0.1'")->metrics.listen, "127.0.0.1:9470");
    for (const auto* wrong : {"localhost", ":7443", "7443", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:65536", "::1",
                              "[::1", "[1.2.3.4]:1"})
        EXPECT_EQ(
            config_of(std::string("remote.listen = '") + wrong + "'").error().message,
            std::string(
                "redoubtd.toml:1: 'remote.listen' must be ADDRESS:PORT with an address in numbers, not '") +
                wrong + "'");
}

Result<Config> config_with_logins(std::string_view logins) {
    return config_of(std::format("[broker]\nurl = 'https://kbs.example/'\ncertificate = '/c.pem'\n"
                                 "registry_logins = '{}'\n",
                                 logins));
}

TEST(Config, WhatTheBrokerHasForAHostLiesWhereHostsGetIt) {
    const auto config = config_with_logins("kbs:///redoubt-host/logins/site-1");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->broker.url, "https://kbs.example");
    EXPECT_EQ(config->broker.registry_logins, "redoubt-host/logins/site-1");
    for (const auto* wrong :
         {"kbs:///default/logins/1", "kbs:///redoubt-host/logins", "kbs:///redoubt-host/a/b/c",
          "kbs:///redoubt-host/../a", "kbs:///redoubt-host//a", "redoubt-host/logins/1"})
        EXPECT_EQ(config_with_logins(wrong).error().message,
                  "redoubtd.toml:4: 'broker.registry_logins' must be kbs:///redoubt-host/TYPE/TAG")
            << wrong;
}

TEST(Config, TheListenersIdentityMayBeAllThatTheBrokerHas) {
    const auto config_with = [](std::string_view listen, std::string_view identity) {
        return config_of(std::format("[remote]\nlisten = '{}'\n[broker]\nurl = 'https://kbs.example'\n"
                                     "certificate = '/c.pem'\ntls_identity = '{}'\n",
                                     listen, identity));
    };
    const auto config = config_with("0.0.0.0:7443", "kbs:///redoubt-host/tls/site-1");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->broker.tls_identity, "redoubt-host/tls/site-1");
    EXPECT_EQ(config->broker.registry_logins, "");
    EXPECT_EQ(config_with("0.0.0.0:7443", "kbs:///default/tls/1").error().message,
              "redoubtd.toml:6: 'broker.tls_identity' must be kbs:///redoubt-host/TYPE/TAG");
    EXPECT_EQ(config_with("", "kbs:///redoubt-host/tls/1").error().message,
              "redoubtd.toml:6: 'broker.tls_identity' is for remote.listen, which is empty");
    EXPECT_EQ(config_with("0.0.0.0:7443", "").error().message,
              "redoubtd.toml:4: 'broker.url' has nothing to give: name broker.registry_logins, "
              "broker.tls_identity or broker.disk_key");
}

TEST(Config, TheKeyOfADiskMayBeAllThatTheBrokerHas) {
    const auto config_with = [](std::string_view key) {
        return config_of(std::format("[broker]\nurl = 'https://kbs.example'\ncertificate = '/c.pem'\n"
                                     "disk_key = '{}'\n",
                                     key));
    };
    const auto config = config_with("kbs:///redoubt-host/disk/site-1");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->broker.disk_key, "redoubt-host/disk/site-1");
    EXPECT_EQ(config->disk_key_socket(), config->runtime_dir / "disk-key");
    EXPECT_EQ(config_with("kbs:///default/disk/1").error().message,
              "redoubtd.toml:4: 'broker.disk_key' must be kbs:///redoubt-host/TYPE/TAG");
}

TEST(Config, RefusesRelativePaths) {
    EXPECT_EQ(config_of("\nguest.kernel = 'vmlinuz'").error(),
              (Error{Code::invalid_argument,
                     "redoubtd.toml:2: 'guest.kernel' must be an absolute path, not 'vmlinuz'"}));
}

TEST(Config, NamesTheNearestKey) {
    EXPECT_EQ(config_of("[sandbox]\nboot_timout = '30s'").error().message,
              "redoubtd.toml:2:1: unknown key 'sandbox.boot_timout'; did you mean 'sandbox.boot_timeout'?");
}

TEST(Config, EveryKeyAndItsDefaultStandInTheManual) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    ASSERT_NE(source, nullptr) << "run through ctest, or set REDOUBT_SOURCE to the tree";
    const auto manual = read_file(std::string(source) + "/docs/man/redoubtd.toml.5.md");
    ASSERT_TRUE(manual) << manual.error().message;
    const auto schema = config_schema();
    for (const auto& key : schema.keys()) {
        const std::string row = "| " + key.name + " | " + config::render_value(key.default_value) + " |";
        EXPECT_NE(manual->find(row), std::string::npos) << row;
        EXPECT_FALSE(key.description.empty()) << key.name;
    }
}

} // namespace
} // namespace redoubt::node
