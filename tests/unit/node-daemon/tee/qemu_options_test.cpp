// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "node-daemon/tee/sev_snp/qemu_options.hpp"
#include "node-daemon/tee/tdx/qemu_options.hpp"

namespace redoubt::node::tee {
namespace {

constexpr std::uint64_t k_memory = 2ULL << 30U;

sev_snp::LaunchOptions make_snp() {
    return {.host_data = std::string(32, 'h'),
            .memory_bytes = k_memory,
            .firmware = "/usr/share/ovmf/OVMF.amdsev.fd"};
}

tdx::LaunchOptions make_td() {
    return {.mr_config_id = std::string(48, 'm'),
            .memory_bytes = k_memory,
            .firmware = "/usr/share/ovmf/OVMF.inteltdx.fd"};
}

std::string render(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : word.starts_with('-') ? "\n" : " ") + word;
    return text + "\n";
}

/// REDOUBT_UPDATE_GOLDEN=1 rewrites the file instead of comparing.
void expect_golden(const std::string& name, const std::string& text) {
    const auto* root = std::getenv("REDOUBT_SOURCE");
    const auto path =
        std::filesystem::path(root == nullptr ? "." : root) / "tests/golden/node-daemon/tee" / name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
    }
    const auto golden = read_file(path);
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

TEST(SevSnpQemuOptions, AreAsWritten) {
    auto launch = make_snp();
    expect_golden("sev_snp.args", render(sev_snp::qemu_options(launch).value()));
    launch.id_block = std::string(96, 'b');
    launch.id_auth = std::string(4096, 'a');
    launch.has_author_key = true;
    const auto words = sev_snp::qemu_options(launch).value();
    const auto object = json::parse("object", words.at(9)).value();
    EXPECT_EQ(object.root()["id-block"].string().value().size(), 128U);
    EXPECT_TRUE(object.root()["author-key-enabled"].boolean().value());
}

TEST(SevSnpQemuOptions, LaunchNothingThatCanBeDebuggedOrMoved) {
    for (const std::uint64_t policy : {0x0ULL, 0x70000ULL, 0xB0000ULL}) {
        auto launch = make_snp();
        launch.policy = policy;
        EXPECT_EQ(sev_snp::qemu_options(launch).error().code, Code::invalid_argument) << policy;
    }
    auto launch = make_snp();
    launch.host_data = "short";
    EXPECT_FALSE(sev_snp::qemu_options(launch));
    launch = make_snp();
    launch.id_block = std::string(96, 'b');
    EXPECT_FALSE(sev_snp::qemu_options(launch));
    launch = make_snp();
    launch.firmware = "/f,x=y";
    EXPECT_FALSE(sev_snp::qemu_options(launch));
}

TEST(TdxQemuOptions, AreAsWritten) {
    auto launch = make_td();
    launch.quote_service_port = 4050;
    expect_golden("tdx.args", render(tdx::qemu_options(launch).value()));
}

TEST(TdxQemuOptions, LaunchNothingThatCanBeDebugged) {
    auto launch = make_td();
    launch.attributes |= 1U;
    EXPECT_EQ(tdx::qemu_options(launch).error().code, Code::invalid_argument);
    launch = make_td();
    launch.mr_config_id = "short";
    EXPECT_FALSE(tdx::qemu_options(launch));
}

} // namespace
} // namespace redoubt::node::tee
