// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/api_request.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <optional>

namespace redoubt::guest::workload_api {
namespace {

http::ServerRequest get(std::string target) {
    http::ServerRequest request;
    request.method = "GET";
    request.target = std::move(target);
    return request;
}

http::ServerRequest post(std::string body) {
    auto request = get("/aa/aael");
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

/// Nothing: it is read.
std::optional<Code> refusal_of(const http::ServerRequest& request) {
    const auto read = read_request(request);
    if (read) return std::nullopt;
    return read.error().code;
}

TEST(ApiRequest, NamesAResource) {
    const auto read = read_request(get("/cdh/resource/shop/key/web.1?unused=1"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->subject, Subject::resource);
    EXPECT_EQ(read->resource, "shop/key/web.1");
}

TEST(ApiRequest, IsRefusedForAResourceThatIsNoPathOfThreeParts) {
    for (const auto* path :
         {"", "a", "a/b", "a/b/", "a/b/c/d", "a//c", "../b/c", "a/b/%2e%2e", "a/b/c%00", "/a/b/c"})
        EXPECT_EQ(refusal_of(get(std::string("/cdh/resource/") + path)), Code::invalid_argument) << path;
}

TEST(ApiRequest, AsksForATokenOfABrokersAndNoOther) {
    EXPECT_EQ(read_request(get("/aa/token?token_type=kbs"))->subject, Subject::token);
    EXPECT_EQ(refusal_of(get("/aa/token")), Code::invalid_argument);
    EXPECT_EQ(refusal_of(get("/aa/token?token_type=coco_as")), Code::unimplemented);
    EXPECT_EQ(refusal_of(get("/aa/token?token_type=kbs&token_type=kbs")), Code::invalid_argument);
}

TEST(ApiRequest, TakesRuntimeDataAsTextOrInBase64) {
    EXPECT_EQ(read_request(get("/aa/evidence?runtime_data=a%20b"))->runtime_data, "a b");
    EXPECT_EQ(read_request(get("/aa/evidence?encoding=base64&runtime_data=AP8"))->runtime_data,
              std::string("\0\xff", 2));
    EXPECT_EQ(refusal_of(get("/aa/evidence")), Code::invalid_argument);
    EXPECT_EQ(refusal_of(get("/aa/evidence?runtime_data=!&encoding=base64")), Code::invalid_argument);
    EXPECT_EQ(refusal_of(get("/aa/evidence?runtime_data=a&encoding=hex")), Code::invalid_argument);
    const auto at_most = std::string("/aa/evidence?runtime_data=") + std::string(k_max_runtime_data, 'a');
    EXPECT_EQ(refusal_of(get(at_most)), std::nullopt);
    EXPECT_EQ(refusal_of(get(at_most + "a")), Code::resource_exhausted);
}

TEST(ApiRequest, TakesAnEventOfPlainWords) {
    EXPECT_EQ(refusal_of(post(R"({"domain":"example.com","operation":"start","content":"a b"})")),
              std::nullopt);
    EXPECT_EQ(refusal_of(post(R"({"domain":"example com","operation":"start","content":"a"})")),
              Code::invalid_argument);
    EXPECT_EQ(refusal_of(post(R"({"domain":"d","operation":"o","content":"a\nb"})")), Code::invalid_argument);
    EXPECT_EQ(refusal_of(post(R"({"domain":"d","operation":"o"})")), Code::invalid_argument);
    EXPECT_EQ(refusal_of(post("no JSON")), Code::invalid_argument);
    EXPECT_EQ(refusal_of(get("/aa/aael")), Code::unimplemented);
}

TEST(ApiRequest, IsOfNoOtherPathOrMethod) {
    for (const auto* path : {"/", "", "/cdh", "/cdh/resource", "/aa/token/", "/info/x", "/kbs/v0/auth", "*"})
        EXPECT_EQ(refusal_of(get(path)), Code::not_found) << path;
    auto request = get("/info");
    for (const auto* method : {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT"}) {
        request.method = method;
        EXPECT_EQ(refusal_of(request), Code::unimplemented) << method;
    }
}

TEST(ApiRequest, ThatSomebodyHasPassedOnIsRefused) {
    for (const auto* name : {"Via", "forwarded", "X-Forwarded-For", "x-real-ip", "X-Forwarded-Host"}) {
        auto request = get("/info");
        request.headers.add(name, "");
        EXPECT_EQ(refusal_of(request), Code::permission_denied) << name;
    }
}

TEST(ApiRequest, ForAnotherHostsNameIsRefused) {
    for (const auto* name : {"127.0.0.1:8006", "localhost:8006", "127.0.0.1", "localhost"}) {
        auto request = get("/info");
        request.headers.add("Host", name);
        EXPECT_EQ(refusal_of(request), std::nullopt) << name;
        request.headers.add("Host", "attacker.example:8006");
        EXPECT_EQ(refusal_of(request), Code::permission_denied);
    }
}

TEST(ApiRequest, IsWhatAPolicySees) {
    const auto words = get("/cdh/resource/shop/key/1?x=y");
    const auto input = boost::json::parse(policy_input(*read_request(words), words, "c1", "web"));
    const boost::json::value expected{{"container_id", "c1"},
                                      {"container_name", "web"},
                                      {"api", "resource"},
                                      {"method", "GET"},
                                      {"path", "/cdh/resource/shop/key/1"},
                                      {"resource", "shop/key/1"}};
    EXPECT_EQ(input, expected);
    const auto event = post(R"({"domain":"d","operation":"o","content":"c"})");
    const auto noted = boost::json::parse(policy_input(*read_request(event), event, "c1", "web"));
    EXPECT_EQ(noted.at("domain"), "d");
    EXPECT_EQ(noted.at("operation"), "o");
    const auto token = get("/aa/token?token_type=kbs");
    const auto other = boost::json::parse(policy_input(*read_request(token), token, "c1", ""));
    EXPECT_EQ(other.at("api"), "token");
    EXPECT_FALSE(other.as_object().contains("resource"));
}

} // namespace
} // namespace redoubt::guest::workload_api
