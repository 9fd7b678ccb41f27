// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/message_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::node::host {
namespace {

std::filesystem::path source_tree() {
    const char* source = std::getenv("REDOUBT_SOURCE");
    EXPECT_NE(source, nullptr) << "run through ctest, or set REDOUBT_SOURCE to the tree";
    return source == nullptr ? "" : source;
}

std::set<std::string> ids_in_catalog() {
    const auto catalog = read_file(source_tree() / "host-image/units/redoubt.catalog").value();
    std::set<std::string> ids;
    for (std::size_t at = catalog.find("\n-- "); at != std::string::npos; at = catalog.find("\n-- ", at + 1))
        ids.insert(catalog.substr(at + 4, 32));
    return ids;
}

std::string all_node_sources() {
    std::string text;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source_tree() / "node-daemon"))
        if (entry.path().extension() == ".cpp" && entry.path().filename() != "message_ids.cpp")
            text += read_file(entry.path()).value();
    return text;
}

TEST(MessageIds, AreExactlyThoseOfTheCatalog) {
    std::set<std::string> ids;
    for (const auto& known : message_ids()) {
        EXPECT_EQ(known.id.size(), 32U) << known.message;
        EXPECT_EQ(known.id.find_first_not_of("0123456789abcdef"), std::string::npos) << known.message;
        EXPECT_TRUE(ids.emplace(known.id).second) << "twice: " << known.id;
    }
    EXPECT_EQ(ids, ids_in_catalog());
}

TEST(MessageIds, BelongToMessagesThatTheDaemonLogs) {
    const auto sources = all_node_sources();
    for (const auto& known : message_ids()) {
        EXPECT_THAT(sources, testing::HasSubstr('"' + std::string(known.message) + '"'));
    }
}

} // namespace
} // namespace redoubt::node::host
