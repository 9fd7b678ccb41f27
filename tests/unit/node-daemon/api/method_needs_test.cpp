// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/method_needs.hpp"

#include <gtest/gtest.h>

#include <format>
#include <map>
#include <set>

#include "redoubt/node/v1/access.pb.h"
#include "redoubt/node/v1/attestation.pb.h"
#include "redoubt/node/v1/monitor.pb.h"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {
namespace {

using access::Need;

std::vector<const google::protobuf::MethodDescriptor*> all_methods() {
    std::vector<const google::protobuf::MethodDescriptor*> methods;
    for (const auto* file :
         {v1::PairRequest::descriptor()->file(), v1::GetEvidenceRequest::descriptor()->file(),
          v1::GetHistoryRequest::descriptor()->file(), v1::NodeInfo::descriptor()->file()})
        for (int s = 0; s < file->service_count(); ++s)
            for (int m = 0; m < file->service(s)->method_count(); ++m)
                methods.push_back(file->service(s)->method(m));
    return methods;
}

std::string name_of(const google::protobuf::MethodDescriptor& method) {
    return std::format("{}.{}", method.service()->name(), method.name());
}

TEST(MethodNeeds, EveryMethodHasExactlyOneEntryAndNoEntryIsLeftOver) {
    std::map<std::string, int> entries;
    for (const auto& need : method_needs()) ++entries[std::string(need.method)];
    for (const auto* method : all_methods()) {
        EXPECT_EQ(entries[name_of(*method)], 1)
            << name_of(*method) << ": say in method_needs.cpp who may call it; nobody may until then";
        entries.erase(name_of(*method));
    }
    for (const auto& [name, count] : entries) ADD_FAILURE() << name << " is no method";
}

TEST(MethodNeeds, AMethodIsFoundByItsRequest) {
    // Two methods with one type of request would both be refused.
    for (const auto* method : all_methods()) {
        const auto need = need_of(*method->input_type());
        ASSERT_TRUE(need) << name_of(*method) << " shares its request with another method";
        EXPECT_EQ(need->method, name_of(*method));
    }
}

TEST(MethodNeeds, ARequestOfNoMethodIsNobodys) {
    EXPECT_FALSE(need_of(*v1::NodeInfo::descriptor()));
}

TEST(MethodNeeds, AStrangerMayCallPairAlone) {
    for (const auto& need : method_needs())
        EXPECT_EQ(need.need == Need::nothing, need.method == "Access.Pair") << need.method;
}

TEST(MethodNeeds, AViewerMayCallNothingThatChangesOrReadsFiles) {
    const std::set<std::string_view> verbs{
        "Get",    "List", "Inspect",        "Wait",         "Check",        "Logs",
        "Events", "Read", "ContainerStats", "TopContainer", "DiffContainer"};
    for (const auto& need : method_needs()) {
        if (need.need != Need::viewer) continue;
        const auto name = need.method.substr(need.method.find('.') + 1);
        bool is_known = false;
        for (const auto verb : verbs) is_known = is_known || name.starts_with(verb);
        EXPECT_TRUE(is_known) << need.method;
    }
}

} // namespace
} // namespace redoubt::node::api
