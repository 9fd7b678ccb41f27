// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/message_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::guest::policy {
namespace {

/// "type name" by number, of each message of the contract.
using Contract = std::map<std::string, std::map<std::uint32_t, std::string>>;

/// A line without its comment and the spaces around it.
std::string_view bare(std::string_view line) {
    line = line.substr(0, line.find("//"));
    const auto begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return "";
    return line.substr(begin, line.find_last_not_of(' ') + 1 - begin);
}

/// Lines of a file of the contract.
std::vector<std::string> lines_of(const char* file) {
    const std::filesystem::path source = std::getenv("REDOUBT_SOURCE");
    std::istringstream text(read_file(source / "common/contracts/proto" / file).value_or(""));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.emplace_back(bare(line));
    return lines;
}

/// "repeated string Args = 4;" of a message.
void read_field(std::string_view line, std::map<std::uint32_t, std::string>& fields) {
    if (line.starts_with("oneof")) line = bare(line.substr(line.find('{') + 1));
    const auto equals = line.find(" = ");
    if (equals == std::string_view::npos) return;
    fields[static_cast<std::uint32_t>(std::stoul(std::string(line.substr(equals + 3))))] =
        line.substr(0, equals);
}

/// "message StatPathRequest { string container_id = 1; }"
void read_one_line(std::string_view line, std::map<std::uint32_t, std::string>& fields) {
    line = line.substr(line.find('{') + 1);
    for (auto end = line.find(';'); end != std::string_view::npos; end = line.find(';')) {
        read_field(bare(line.substr(0, end)), fields);
        line.remove_prefix(end + 1);
    }
}

Contract read_contract() {
    Contract contract;
    for (const auto* file :
         {"container_access.proto", "config_document.proto", "agent.proto", "oci.proto", "types.proto"}) {
        std::string message;
        for (const auto& line : lines_of(file)) {
            if (line.starts_with("enum")) message.clear();
            if (line.starts_with("message ")) {
                message = line.substr(8, line.find(' ', 8) - 8);
                contract[message].clear(); // answers of ours have names that requests of Kata's have
                if (line.ends_with('}')) read_one_line(line, contract[message]);
            } else if (!message.empty()) {
                read_field(line, contract[message]);
            }
        }
    }
    return contract;
}

/// `text` without `part`, or with `other` in its place.
std::string replaced(std::string text, std::string_view part, std::string_view other) {
    if (const auto at = text.find(part); at != std::string::npos) text.replace(at, part.size(), other);
    return text;
}

std::string type_of(const Field& field) {
    switch (field.kind) {
    case Kind::text: return "string";
    case Kind::bytes:
    case Kind::content: return "bytes";
    case Kind::boolean: return "bool";
    case Kind::int32: return "int32";
    case Kind::int64: return "int64";
    case Kind::uint32: return "uint32";
    case Kind::uint64: return "uint64";
    case Kind::text_map: return "map<string, string>";
    case Kind::message: return std::string(field.message->name);
    }
    return "";
}

void compare(const Message& message, const Contract& contract, std::set<std::string>& seen) {
    if (!seen.insert(std::string(message.name)).second) return;
    SCOPED_TRACE(message.name);
    ASSERT_TRUE(contract.contains(std::string(message.name)));
    const auto& fields = contract.at(std::string(message.name));
    EXPECT_EQ(message.fields.size(), fields.size());
    for (const auto& field : message.fields) {
        ASSERT_TRUE(fields.contains(field.number)) << field.number;
        auto written = replaced(fields.at(field.number), "types.", "");
        for (const auto* enumeration : {"IPFamily", "FSGroupChangePolicy"})
            written = replaced(written, enumeration, "int32");
        std::string name(field.name);
        if (name == "type_") name = "type";
        if (field.shape == Shape::choice) name = name.substr(name.find('.') + 1);
        std::string label;
        if (field.shape == Shape::repeated) label = "repeated ";
        if (field.shape == Shape::optional || field.shape == Shape::ours) label = "optional ";
        EXPECT_EQ(written, label + type_of(field) + " " + name);
        EXPECT_EQ(field.shape == Shape::ours, field.number >= 1000);
        if (field.kind == Kind::message) compare(*field.message, contract, seen);
    }
}

TEST(MessageTable, IsTheContractOfTheAgentsRequests) {
    const auto contract = read_contract();
    std::set<std::string> seen;
    for (const auto* request : all_requests()) compare(*request, contract, seen);
    for (const auto* request : own_requests()) compare(*request, contract, seen);
    EXPECT_GT(seen.size(), 80U);
}

/// How many calls a service of the contract has, each of which has to be known by its own request.
std::size_t check_calls(const char* file, std::string_view service) {
    std::size_t calls = 0;
    for (const std::string_view line : lines_of(file)) {
        if (!line.starts_with("rpc ")) continue;
        ++calls;
        const auto begin = line.find('(') + 1;
        const auto request = line.substr(begin, line.find(')') - begin);
        const auto method = line.substr(4, begin - 5);
        EXPECT_NE(find_request(request), nullptr) << request;
        EXPECT_EQ(request_of_call(service, method), request) << method;
    }
    return calls;
}

TEST(MessageTable, HasTheRequestOfEveryCall) {
    EXPECT_EQ(check_calls("agent.proto", "grpc.AgentService"), 42U);
    EXPECT_EQ(check_calls("config_document.proto", "redoubt.agent.v1.ConfigDocuments"), 1U);
    EXPECT_EQ(check_calls("container_access.proto", "redoubt.agent.v1.ContainerAccess"), 9U);
}

TEST(MessageTable, KnowsNoCallThatIsInNoContract) {
    EXPECT_EQ(request_of_call("grpc.AgentService", "Put"), "");
    EXPECT_EQ(request_of_call("redoubt.agent.v1.ConfigDocuments", "CreateContainer"), "");
    EXPECT_EQ(request_of_call("", ""), "");
}

} // namespace
} // namespace redoubt::guest::policy
