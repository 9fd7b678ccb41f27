// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/plugins/endpoint.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "common/base/unique_fd.hpp"
#include "services/api/admin_routes.hpp"

namespace redoubt::services::plugins {
namespace {

namespace fs = std::filesystem;

TEST(PluginEndpoint, IsElsewhereOrASocketHere) {
    const auto elsewhere = parse_endpoint("vault=https://vault.example:8443");
    ASSERT_TRUE(elsewhere) << elsewhere.error().message;
    EXPECT_EQ(elsewhere->name, "vault");
    EXPECT_EQ(elsewhere->address, "vault.example:8443");
    EXPECT_FALSE(elsewhere->is_socket);
    const auto here = parse_endpoint("pkcs11=unix:/run/plugins/pkcs11.sock");
    ASSERT_TRUE(here);
    EXPECT_EQ(here->address, "/run/plugins/pkcs11.sock");
    EXPECT_TRUE(here->is_socket);
}

TEST(PluginEndpoint, OthersAreRefused) {
    for (const auto* text : {"", "vault", "=https://x", "Vault=https://x", "a/b=https://x", "vault=http://x",
                             "vault=https://x/y", "vault=https://me:pw@x", "vault=unix:relative",
                             "vault=unix:", "vault=ftp://x", "vault="})
        EXPECT_EQ(parse_endpoint(text).error_or(Error{}).code, Code::invalid_argument) << text;
    EXPECT_FALSE(parse_endpoint("vault=unix:/" + std::string(200, 'a')));
    EXPECT_FALSE(parse_endpoint(std::string(41, 'a') + "=https://x"));
}

TEST(PluginEndpoint, WhatTheBrokerServesItselfIsNoPluginsName) {
    for (const auto& route : api::admin_routes()) {
        auto name = route.path.substr(route.path.find('/', route.path.find('/', 1) + 1) + 1);
        name = name.substr(0, name.find('/'));
        EXPECT_FALSE(parse_endpoint(std::string(name) + "=https://x")) << name;
    }
    EXPECT_FALSE(parse_endpoint("auth=https://x"));
    EXPECT_FALSE(parse_endpoint("attest=https://x"));
}

TEST(PluginEndpoint, ASocketThatSomebodyElseMayHavePutThereIsNotAsked) {
    const auto folder = fs::temp_directory_path() / std::format("redoubt-plugin-{}", ::getpid());
    fs::create_directories(folder);
    ::chmod(folder.c_str(), 0755);
    const auto path = (folder / "p.sock").native();
    EXPECT_EQ(check_socket(path).error_or(Error{}).code, Code::unavailable);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(check_socket(path));
    ::chmod(folder.c_str(), 0777);
    EXPECT_EQ(check_socket(path).error_or(Error{}).code, Code::permission_denied);
    ::chmod(folder.c_str(), 0775);
    EXPECT_EQ(check_socket(path).error_or(Error{}).code, Code::permission_denied);
    ::chmod(folder.c_str(), 0755);
    fs::create_symlink(path, folder / "link");
    EXPECT_EQ(check_socket((folder / "link").native()).error_or(Error{}).code, Code::unavailable);
    fs::remove_all(folder);
}

} // namespace
} // namespace redoubt::services::plugins
