// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/firmware.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <format>
#include <map>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::services::kms {
namespace {

using namespace std::string_literals;

const std::map<std::string, std::string> k_measured{
    {"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\x06\0\0\0\1"s},
    {"SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\x06\0\0\0\0"s},
    {"StubPcrKernelImage-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", "\x06\0\0\0001\0001\0\0\0"s}};

bool is_measured(const std::map<std::string, std::string>& variables) {
    const auto folder =
        std::filesystem::temp_directory_path() / std::format("redoubt-firmware-{}", ::getpid());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const auto& [name, bytes] : variables) EXPECT_TRUE(write_file(folder / name, bytes));
    const auto checked = check_measured_boot(folder);
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(checked || checked.error().code == Code::failed_precondition);
    return checked.has_value();
}

TEST(Firmware, TellsAMeasuredBoot) {
    EXPECT_TRUE(is_measured(k_measured));
    EXPECT_FALSE(is_measured({}));
    EXPECT_FALSE(check_measured_boot("/nowhere"));
}

TEST(Firmware, MissesNothingThatMakesOne) {
    for (const auto& [name, bytes] : k_measured) {
        auto changed = k_measured;
        changed.erase(name);
        EXPECT_FALSE(is_measured(changed)) << name;
        for (const auto& value :
             {""s, "\x06\0\0\0"s, "\x06\0\0\0\2"s, bytes + "\1"s, std::string(4096, '\1')}) {
            changed[name] = value;
            EXPECT_FALSE(is_measured(changed)) << name << " of " << value.size() << " bytes";
        }
    }
}

} // namespace
} // namespace redoubt::services::kms
