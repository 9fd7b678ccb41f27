// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/request_json.hpp"

#include <gtest/gtest.h>

#include "agent.pb.h"
#include "tests/unit/guest-image/policy/request_bytes.hpp"

namespace redoubt::guest::policy {
namespace {

using test::bytes_field;
using test::number_field;

std::string json_of(std::string_view message, const std::string& payload) {
    const auto json = request_json(message, payload);
    return json ? *json : json.error().message;
}

TEST(RequestJson, ShowsEveryFieldOfAnEmptyMessage) {
    EXPECT_EQ(json_of("ExecProcessRequest", ""),
              R"({"container_id":"","exec_id":"","string_user":null,"process":null,"stdin_port":0,)"
              R"("stdout_port":0,"stderr_port":0})");
    EXPECT_EQ(json_of("CreateSandboxRequest", ""),
              R"({"hostname":"","dns":[],"storages":[],"sandbox_pidns":false,"sandbox_id":"",)"
              R"("guest_hook_path":"","kernel_modules":[]})");
}

TEST(RequestJson, NamesFieldsAsKatasAgentDoes) {
    ::grpc::UpdateInterfaceRequest request;
    request.mutable_interface()->set_type("x");
    request.mutable_interface()->set_hwaddr("00:11");
    request.mutable_interface()->add_ipaddresses()->set_family(types::v6);
    EXPECT_EQ(json_of("UpdateInterfaceRequest", request.SerializeAsString()),
              R"({"interface":{"device":"","name":"","IPAddresses":[{"family":1,"address":"","mask":""}],)"
              R"("mtu":0,"hwAddr":"00:11","devicePath":"","type_":"x","raw_flags":0}})");
}

TEST(RequestJson, ShowsNumbersAsTheyAreMeant) {
    ::grpc::ExecProcessRequest request;
    request.mutable_process()->set_oomscoreadj(-998);
    request.mutable_process()->mutable_user()->add_additionalgids(10);
    request.mutable_process()->mutable_user()->add_additionalgids(4294967295);
    const auto json = json_of("ExecProcessRequest", request.SerializeAsString());
    EXPECT_TRUE(json.contains("\"OOMScoreAdj\":-998")) << json;
    EXPECT_TRUE(json.contains("\"AdditionalGids\":[10,4294967295]")) << json;
}

TEST(RequestJson, ShowsWhatMayBeLeftOutAsNull) {
    ::grpc::MemAgentMemcgConfig request;
    request.set_swap(false);
    EXPECT_TRUE(json_of("MemAgentMemcgConfig", request.SerializeAsString())
                    .starts_with(R"({"disabled":null,"swap":false,"swappiness_max":null)"));
}

TEST(RequestJson, ShowsBytesAsNumbersAndMapsAsObjects) {
    ::grpc::WriteStreamRequest write;
    write.set_data(std::string("\x01\xff", 2));
    EXPECT_EQ(json_of("WriteStreamRequest", write.SerializeAsString()),
              R"({"container_id":"","exec_id":"","data":[1,255]})");
    ::grpc::CreateContainerRequest create;
    (*create.mutable_oci()->mutable_annotations())["b"] = "2";
    (*create.mutable_oci()->mutable_annotations())["a"] = "\"";
    EXPECT_TRUE(json_of("CreateContainerRequest", create.SerializeAsString())
                    .contains(R"("Annotations":{"a":"\"","b":"2"})"));
}

TEST(RequestJson, ShowsAnErrorNumberOfSeccompAsTheChoiceItIs) {
    ::grpc::CreateContainerRequest create;
    auto* seccomp = create.mutable_oci()->mutable_linux()->mutable_seccomp();
    seccomp->add_syscalls()->set_errnoret(5);
    seccomp->add_syscalls();
    const auto json = json_of("CreateContainerRequest", create.SerializeAsString());
    EXPECT_TRUE(json.contains(R"("ErrnoRet":{"errnoret":5})")) << json;
    EXPECT_TRUE(json.contains(R"("ErrnoRet":null)")) << json;
}

TEST(RequestJson, LeavesAFilesBytesOutAndSaysWhatItIs) {
    ::grpc::CopyFileRequest copy;
    copy.set_path("/p");
    copy.set_file_mode(0100644);
    copy.set_data("secret");
    const auto json = json_of("CopyFileRequest", copy.SerializeAsString());
    EXPECT_TRUE(json.contains(R"("file_type":"Regular")")) << json;
    EXPECT_FALSE(json.contains("symlink_target") || json.contains("data")) << json;
    copy.set_file_mode(0120777);
    copy.set_data("there");
    EXPECT_TRUE(json_of("CopyFileRequest", copy.SerializeAsString())
                    .contains(R"("file_type":"Symlink","symlink_target":"there")"));
}

TEST(RequestJson, RefusesFieldsThatAreNotKnown) {
    EXPECT_EQ(json_of("StartContainerRequest", number_field(9, 1)),
              "StartContainerRequest: field 9 is not known");
    EXPECT_EQ(json_of("CreateContainerRequest", bytes_field(6, bytes_field(11, ""))),
              "CreateContainerRequest.OCI: Spec: field 11 is not known");
}

TEST(RequestJson, RefusesAFieldGivenTwiceAsTwoReadersMayTakeDifferentOnes) {
    EXPECT_EQ(json_of("StartContainerRequest", bytes_field(1, "a") + bytes_field(1, "b")),
              "StartContainerRequest.container_id: is given twice");
    const auto entry = bytes_field(7, bytes_field(1, "k") + bytes_field(2, "v"));
    EXPECT_EQ(json_of("CreateContainerRequest", bytes_field(6, entry + entry)),
              "CreateContainerRequest.OCI: Spec.Annotations: has a key twice");
}

TEST(RequestJson, RefusesWhatIsNotOfTheFieldsType) {
    EXPECT_EQ(json_of("StartContainerRequest", number_field(1, 1)),
              "StartContainerRequest.container_id: has another wire type");
    EXPECT_EQ(json_of("StartContainerRequest", bytes_field(1, "\xff")),
              "StartContainerRequest.container_id: not UTF-8");
    EXPECT_EQ(json_of("SignalProcessRequest", number_field(3, std::uint64_t{1} << 32U)),
              "SignalProcessRequest.signal: more than 32 bits");
    EXPECT_EQ(json_of("OnlineCPUMemRequest", number_field(1, 2)), "OnlineCPUMemRequest.wait: not a boolean");
    EXPECT_EQ(json_of("StartContainerRequest", std::string("\x0a\x05", 2) + "ab"),
              "StartContainerRequest: field 1 is cut short");
    EXPECT_EQ(json_of("StartContainerRequest", "\x0d"),
              "StartContainerRequest: field 1 has a wire type no request has");
}

TEST(RequestJson, KnowsRequestsOnly) {
    EXPECT_EQ(json_of("Spec", ""), "Spec is no request of the agent");
}

} // namespace
} // namespace redoubt::guest::policy
