// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/workload_api.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>

#include <map>
#include <vector>

#include "common/async/event.hpp"
#include "guest-image/workload_api/evidence_binding.hpp"
#include "tests/support/tee/made_report.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::workload_api {
namespace {

namespace bj = boost::json;
using asio::ip::tcp;

constexpr std::size_t k_report_data_at = 0x50;
constexpr std::uint64_t k_web = 100;   ///< the control group of the container that has rights
constexpr std::uint64_t k_other = 200; ///< and of one that has none

constexpr const char* k_policy = R"rego(
package agent_policy
import rego.v1
default WorkloadApiRequest := false
WorkloadApiRequest if {
    input.container_id == "c1"
    input.container_name == "web"
    input.api == "resource"
    startswith(input.resource, "shop/")
}
WorkloadApiRequest if {
    input.container_id == "c1"
    input.api in {"token", "evidence", "event"}
}
)rego";

/// Signs what it is asked for, and remembers it.
class FakeDevice final : public attester::EvidenceDevice {
  public:
    explicit FakeDevice(std::string& seen) : seen_(seen) {}
    Task<attester::RawEvidence> evidence_over(std::string report_data) override {
        seen_ = report_data;
        auto body = tests::make_report_body();
        body.replace(k_report_data_at, 64, report_data);
        co_return attester::RawEvidence{
            "sev_guest", tests::sign_report(body, tests::make_amd().vcek.key), {}};
    }
    Task<> extend(std::uint32_t /*rtmr*/, std::string digest) override {
        if (extended == nullptr) co_return fail(Code::unimplemented, "no runtime registers");
        *extended += digest;
        co_return Status();
    }

    std::string* extended = nullptr; ///< null: as SEV-SNP has none

  private:
    std::string& seen_;
};

class FakeSource final : public key_release::ResourceSource {
  public:
    explicit FakeSource(const asio::any_io_executor& executor) : answers(executor) {}
    Task<crypto::Secret> get(std::string uri) override {
        asked.push_back(uri);
        if (is_slow) co_await answers.wait();
        const auto found = values.find(uri);
        if (found == values.end()) co_return fail(Code::not_found, "{}: the broker has none", uri);
        co_return crypto::Secret::copy_of(found->second);
    }

    bool is_slow = false; ///< then nothing comes before `answers`
    AsyncEvent answers;
    std::map<std::string, std::string> values;
    std::vector<std::string> asked;
};

class FakeTokens final : public key_release::TokenSource {
  public:
    Task<std::string> token() override { co_return "a.b.c"; }
};

class WorkloadApiTest : public ttrpc::ConnectionTest {
  protected:
    WorkloadApiTest() { source_.values = {{"kbs:///shop/key/1", std::string("s3cret\0\xff", 8)}}; }

    WorkloadParts parts() {
        return {.tee = "snp",
                .is_simulation = true,
                .gate = gate_.get(),
                .attester = td_ != nullptr ? td_ : &attester_,
                .resources = &source_,
                .tokens = &tokens_,
                .find_caller = [](std::uint64_t cgroup) -> Result<Caller> {
                    if (cgroup == k_web) return Caller{ContainerId("c1"), "web"};
                    if (cgroup == k_other) return Caller{ContainerId("c2"), "other"};
                    return fail(Code::not_found, "control group {} is nobody's", cgroup);
                },
                .find_cgroup = [this](std::uint16_t) { return cgroup_; },
                .endpoint = "127.0.0.1:0",
                .patience = patience_};
    }

    std::unique_ptr<WorkloadApi> api() {
        auto made = WorkloadApi::listen(context_.get_executor(), parts());
        EXPECT_TRUE(made) << made.error().message;
        return *std::move(made);
    }

    static http::ServerRequest words(std::string target, std::string method = "GET", std::string body = "") {
        http::ServerRequest request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.body = std::move(body);
        request.peer.address = "127.0.0.1";
        request.peer.port = 40000;
        return request;
    }

    http::ServerResponse ask(http::ServerRequest request) {
        const auto made = api();
        return run([](WorkloadApi* api, http::ServerRequest asked) -> asio::awaitable<http::ServerResponse> {
            co_return co_await api->answer(std::move(asked));
        }(made.get(), std::move(request)));
    }

    Result<std::uint64_t> cgroup_ = k_web;
    Duration patience_ = std::chrono::seconds(50);
    std::string bound_;
    FakeSource source_{context_.get_executor()};
    FakeTokens tokens_;
    attester::Attester attester_{std::make_unique<FakeDevice>(bound_), context_.get_executor()};
    attester::Attester* td_ = nullptr; ///< asked in the other's place
    std::unique_ptr<policy::Gate> gate_ = policy::Gate::load(k_policy).value();
};

TEST_F(WorkloadApiTest, GivesAContainerTheResourceItsPolicyOpens) {
    const auto answer = ask(words("/cdh/resource/shop/key/1"));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, std::string("s3cret\0\xff", 8));
    EXPECT_TRUE(answer.is_secret);
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/octet-stream");
}

TEST_F(WorkloadApiTest, RefusesAnotherResourceWithTheReasonAndAsksNobodyForIt) {
    const auto answer = ask(words("/cdh/resource/bank/key/1"));
    EXPECT_EQ(answer.status, 403U);
    EXPECT_TRUE(answer.body.contains("WorkloadApiRequest is blocked by policy")) << answer.body;
    EXPECT_TRUE(source_.asked.empty());
}

TEST_F(WorkloadApiTest, RefusesAnotherContainerOfTheSamePod) {
    cgroup_ = k_other;
    for (const auto* target : {"/cdh/resource/shop/key/1", "/aa/token?token_type=kbs",
                               "/aa/evidence?runtime_data=x", "/aa/additional-evidence?runtime_data=x"})
        EXPECT_EQ(ask(words(target)).status, 403U) << target;
    EXPECT_EQ(ask(words("/aa/aael", "POST", R"({"domain":"d","operation":"o","content":"c"})")).status, 403U);
    EXPECT_TRUE(source_.asked.empty() && bound_.empty());
}

TEST_F(WorkloadApiTest, AllowsNothingWhereThePolicySaysNothing) {
    gate_ = policy::Gate::load("package agent_policy\n").value();
    EXPECT_EQ(ask(words("/cdh/resource/shop/key/1")).status, 403U);
    EXPECT_EQ(ask(words("/aa/token?token_type=kbs")).status, 403U);
    EXPECT_EQ(ask(words("/aa/evidence?runtime_data=x")).status, 403U);
    EXPECT_EQ(ask(words("/info")).status, 200U);
}

TEST_F(WorkloadApiTest, SaysNothingToWhoIsNoContainer) {
    cgroup_ = 1;
    EXPECT_EQ(ask(words("/info")).status, 403U);
    EXPECT_EQ(ask(words("/no/such/path")).status, 403U);
    cgroup_ = fail(Code::permission_denied, "the connection's other end is not of this guest, or has ended");
    EXPECT_EQ(ask(words("/info")).status, 403U);
    cgroup_ = fail(Code::internal, "netlink");
    EXPECT_NE(ask(words("/cdh/resource/shop/key/1")).status, 200U);
    EXPECT_TRUE(source_.asked.empty());
}

TEST_F(WorkloadApiTest, SaysNothingToAnAddressThatIsNotTheGuestsOwn) {
    for (const auto* address : {"10.0.0.7", "::1", "127.0.0.2", ""}) {
        auto request = words("/info");
        request.peer.address = address;
        EXPECT_EQ(ask(std::move(request)).status, 403U) << address;
    }
}

TEST_F(WorkloadApiTest, MakesEvidenceThatIsBoundToTheContainerAndToNoBrokersSession) {
    const auto answer = ask(words("/aa/evidence?runtime_data=nonce"));
    ASSERT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(bound_, evidence_binding("c1", "nonce").value());
    EXPECT_TRUE(bj::parse(answer.body).as_object().contains("attestation_report"));
    EXPECT_EQ(answer.headers.find("Redoubt-Container"), "c1");
    EXPECT_EQ(answer.headers.find("Redoubt-Binding"), "org.redoubt.workload-evidence.v1");
}

TEST_F(WorkloadApiTest, GivesATokenWithoutAKey) {
    const auto answer = ask(words("/aa/token?token_type=kbs"));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, R"({"token":"a.b.c"})");
}

TEST_F(WorkloadApiTest, DoesNotPretendToNoteAnEvent) {
    const auto answer = ask(words("/aa/aael", "POST", R"({"domain":"d","operation":"o","content":"c"})"));
    EXPECT_EQ(answer.status, 501U);
    EXPECT_TRUE(answer.body.starts_with("NOT_SUPPORTED")) << answer.body;
}

TEST_F(WorkloadApiTest, MeasuresAnEventThatThePolicyAllows) {
    std::string extended;
    auto device = std::make_unique<FakeDevice>(bound_);
    device->extended = &extended;
    attester::Attester td(std::move(device), context_.get_executor());
    td_ = &td;
    const auto* const body = R"({"domain":"d","operation":"o","content":"c"})";
    EXPECT_EQ(ask(words("/aa/aael", "POST", body)).status, 200U);
    EXPECT_EQ(extended, tee::measure_event({"d", "o", "c"})->digest);
    cgroup_ = k_other;
    EXPECT_EQ(ask(words("/aa/aael", "POST", body)).status, 403U);
    EXPECT_EQ(extended.size(), 48U);
}

TEST_F(WorkloadApiTest, SaysWhatKindOfGuestThisIs) {
    const auto about = bj::parse(ask(words("/info")).body).as_object();
    EXPECT_EQ(about.at("tee"), "snp");
    EXPECT_EQ(about.at("feature"), "all");
    EXPECT_EQ(about.at("simulation"), true);
}

TEST_F(WorkloadApiTest, HandsOnWhyTheBrokerGaveNothing) {
    const auto answer = ask(words("/cdh/resource/shop/key/2"));
    EXPECT_EQ(answer.status, 404U);
    EXPECT_EQ(answer.body, "kbs:///shop/key/2: the broker has none\n");
}

TEST_F(WorkloadApiTest, GivesUpWhenTheBrokerTakesTooLong) {
    source_.is_slow = true;
    patience_ = std::chrono::milliseconds(20);
    EXPECT_EQ(ask(words("/cdh/resource/shop/key/1")).status, 503U);
}

/// A container that speaks to a real socket.
std::string render(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:8006\r\nConnection: close\r\n\r\n";
}

asio::awaitable<std::string> converse(std::uint16_t port, std::string bytes) {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(bytes), k_as_tuple);
    std::string answer;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer), k_as_tuple);
    co_return answer;
}

TEST_F(WorkloadApiTest, SpeaksPlainHttpOnALoopbackSocket) {
    const auto made = api();
    made->start();
    const auto answer = run(converse(made->port(), render("/cdh/resource/shop/key/1")));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with(std::string("\r\n\r\ns3cret\0\xff", 12)));
    const auto refused = run(converse(made->port(), render("/cdh/resource/bank/key/1")));
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 403 ")) << refused;
    const auto large = run(converse(made->port(), "GET /info HTTP/1.1\r\nX: " + std::string(20'000, 'x')));
    EXPECT_TRUE(large.starts_with("HTTP/1.1 431 ")) << large;
    const auto body =
        run(converse(made->port(), "POST /aa/aael HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"));
    EXPECT_TRUE(body.starts_with("HTTP/1.1 413 ")) << body;
    run([](WorkloadApi* api) -> asio::awaitable<bool> {
        co_await api->stop();
        co_return true;
    }(made.get()));
}

TEST_F(WorkloadApiTest, ServesFourRequestsOfOneContainerAtATime) {
    source_.is_slow = true;
    const auto made = api();
    std::vector<unsigned> answered;
    for (int i = 0; i < 5; ++i)
        asio::co_spawn(context_, made->answer(words("/cdh/resource/shop/key/1")),
                       [&](const std::exception_ptr&, const http::ServerResponse& answer) {
                           answered.push_back(answer.status);
                       });
    settle();
    EXPECT_EQ(answered, std::vector<unsigned>{429});
    cgroup_ = k_other; // is refused for another reason
    EXPECT_EQ(run(made->answer(words("/cdh/resource/shop/key/1"))).status, 403U);
    source_.answers.set();
    settle();
    EXPECT_EQ(answered, (std::vector<unsigned>{429, 200, 200, 200, 200}));
}

} // namespace
} // namespace redoubt::guest::workload_api
