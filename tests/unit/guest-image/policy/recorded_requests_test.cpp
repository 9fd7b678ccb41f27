// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "common/base/file.hpp"
#include "guest-image/policy/request_json.hpp"
#include "tests/unit/guest-image/policy/request_bytes.hpp"

namespace redoubt::test {
namespace {

namespace bj = boost::json;
namespace fs = std::filesystem;

/// Members that some recorded requests have and no message of the contract: their recorder passed them over.
const std::set<std::string> k_unknown = {"AddARPNeighborsRequest.type", "Interface.pciPath",
                                         "StringUser.additional_gids", "CopyFileRequest.file_type",
                                         "CopyFileRequest.symlink_target"};

/// Where `ours` differs from what is recorded; members that were not recorded do not count.
void compare(const bj::value& recorded, const bj::value& ours, const std::string& path,
             std::vector<std::string>& differences) {
    if (recorded.is_object() && ours.is_object()) {
        for (const auto& [key, value] : recorded.as_object()) {
            const auto* found = ours.as_object().if_contains(key);
            const auto here = path + "." + std::string(key);
            if (found != nullptr) {
                compare(value, *found, here, differences);
            } else if (key != "type" && key != "pciPath" && key != "additional_gids") {
                differences.push_back(here + " is missing");
            }
        }
    } else if (recorded.is_array() && ours.is_array() &&
               recorded.as_array().size() == ours.as_array().size()) {
        for (std::size_t i = 0; i < recorded.as_array().size(); ++i)
            compare(recorded.as_array()[i], ours.as_array()[i], path + "[" + std::to_string(i) + "]",
                    differences);
    } else if (recorded != ours) {
        differences.push_back(path + ": " + bj::serialize(ours) + " is not " + bj::serialize(recorded));
    }
}

/// The mode that is shown as the recorded type.
std::string mode_of(const bj::object& request) {
    const auto* type = request.if_contains("file_type");
    if (type == nullptr) return "";
    const std::string name(type->as_string());
    return number_field(3, name == "Regular"     ? S_IFREG
                           : name == "Directory" ? S_IFDIR
                           : name == "Symlink"   ? S_IFLNK
                                                 : S_IFIFO);
}

std::vector<std::string> differences_of(const bj::value& recorded) {
    const auto& request = recorded.at("request").as_object();
    const std::string kind(recorded.at("kind").as_string());
    const auto* message = guest::policy::find_request(kind);
    if (message == nullptr) return {kind + " is no request"};
    std::vector<std::string> unknown;
    auto bytes = request_bytes(*message, request, unknown);
    std::vector<std::string> differences;
    for (const auto& name : unknown)
        if (!k_unknown.contains(name)) differences.push_back(name + " is not known");
    bytes += mode_of(request);
    if (const auto* target = request.if_contains("symlink_target"))
        bytes += bytes_field(8, target->as_string());
    const auto json = guest::policy::request_json(kind, bytes);
    if (!json) return {json.error().message};
    compare(request, bj::parse(*json), kind, differences);
    return differences;
}

TEST(RecordedRequests, AreTheSameFieldByFieldWhenTheyComeAsProtobuf) {
    const char* shared = std::getenv("REDOUBT_SHARED");
    const auto root = fs::path(shared == nullptr ? "" : shared) / "conformance/kata-policy";
    if (!fs::exists(root)) GTEST_SKIP() << "no recorded requests at " << root;
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.path().filename() != "testcases.json") continue;
        const auto text = read_file(entry.path());
        ASSERT_TRUE(text);
        for (const auto& recorded : bj::parse(*text).as_array()) {
            ++count;
            EXPECT_EQ(differences_of(recorded), std::vector<std::string>())
                << entry.path() << ": " << recorded.at("description").as_string();
        }
    }
    EXPECT_GT(count, 0U);
}

} // namespace
} // namespace redoubt::test
