// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/remote_server.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <filesystem>
#include <future>
#include <thread>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/self_signed.hpp"
#include "common/pairing/pairing_proof.hpp"
#include "common/rpc/pinned_channel.hpp"
#include "redoubt/node/v1/access.grpc.pb.h"
#include "redoubt/node/v1/node.grpc.pb.h"
#include "tests/support/identities.hpp"
#include "tests/unit/node-daemon/api/fake_node.hpp"

namespace redoubt::node::api {
namespace {

using namespace std::chrono_literals;
using test::Identity;

int free_port() {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

/// The face for the network over fake use cases, with the main strand on a thread of its own.
class RemoteApi : public testing::Test {
  protected:
    template <class Function>
    auto on_strand(Function function) {
        std::packaged_task<decltype(function())()> task(std::move(function));
        auto result = task.get_future();
        asio::post(io_, std::move(task));
        return result.get();
    }

    void SetUp() override {
        std::string folder = testing::TempDir() + "remote-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        address_ = "127.0.0.1:" + std::to_string(free_port());
        auto identity = remote::load_or_make_identity(folder_ / "id.json", "redoubt-node");
        ASSERT_TRUE(identity) << identity.error().message;
        auto store = access::AccessStore::open(folder_ / "access.db", [] { return std::string("now"); });
        access_ = std::make_unique<access::Access>(std::move(*store),
                                                   [] { return std::chrono::steady_clock::now(); });
        access_->present(std::move(*identity));
        strand_ = std::thread([this] { io_.run(); });
        auto server = on_strand([this] {
            return RemoteServer::start(io_.get_executor(), NodeParts(node_, *access_, pool_, address_),
                                       {address_, 10s});
        });
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }

    void TearDown() override {
        on_strand([this] { return node_.released.set(), 0; });
        std::promise<Status> ended;
        asio::co_spawn(io_, server_->stop(10s), [&ended](const std::exception_ptr&, Status status) {
            ended.set_value(std::move(status));
        });
        EXPECT_TRUE(ended.get_future().get());
        on_strand([this] {
            server_.reset();
            return 0;
        });
        guard_.reset();
        strand_.join();
        pool_.join();
        std::filesystem::remove_all(folder_);
    }

    std::shared_ptr<grpc::Channel> channel(const Identity& client) {
        auto made = rpc::connect_pinned(
            {address_, access_->identity().value()->fingerprint, client.certificate, client.key});
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    Identity client_with(access::Role role, const std::string& name) {
        auto identity = test::make_identity(name);
        EXPECT_TRUE(access_->add_client({}, identity.certificate, name, role));
        return identity;
    }
    grpc::Status list(const Identity& client) {
        grpc::ClientContext context;
        v1::ListContainersResponse response;
        return v1::Node::NewStub(channel(client))->ListContainers(&context, {}, &response);
    }
    grpc::Status remove(const Identity& client) {
        grpc::ClientContext context;
        v1::RemoveContainerResponse response;
        return v1::Node::NewStub(channel(client))->RemoveContainer(&context, {}, &response);
    }
    grpc::Status pair(const Identity& client, const std::string& code, std::string* confirmation = nullptr) {
        const auto key = pairing::derive_key(pairing::normalize_code(code).value(),
                                             access_->identity().value()->fingerprint)
                             .value();
        v1::PairRequest request;
        request.set_version(1);
        request.set_name("first");
        request.set_proof(
            pairing::client_proof(key, access_->identity().value()->fingerprint, client.fingerprint).value());
        grpc::ClientContext context;
        v1::PairResponse response;
        const auto status = v1::Access::NewStub(channel(client))->Pair(&context, request, &response);
        if (confirmation != nullptr) *confirmation = response.confirmation();
        return status;
    }
    /// Waits for records that are written after an answer.
    std::string audit_text(const std::string& wanted) {
        std::string text;
        for (int i = 0; i < 200; ++i) {
            text.clear();
            for (const auto& line : access_->audit(0, 1000)->lines) text += line + "\n";
            if (text.contains(wanted)) break;
            std::this_thread::sleep_for(10ms);
        }
        return text;
    }

    std::unique_ptr<access::Access> access_;
    asio::thread_pool pool_{2};
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
    std::thread strand_;
    sandbox::Node node_{io_.get_executor()};
    std::filesystem::path folder_;
    std::string address_;
    std::unique_ptr<Server> server_;
};

TEST_F(RemoteApi, AnAdministratorMayDoAllOfIt) {
    const auto admin = client_with(access::Role::admin, "alice");
    EXPECT_TRUE(list(admin).ok());
    EXPECT_NE(remove(admin).error_code(), grpc::StatusCode::PERMISSION_DENIED);
    const auto audit = audit_text("\"ended\"");
    EXPECT_NE(audit.find("Node.RemoveContainer"), std::string::npos) << audit;
    EXPECT_NE(audit.find("\"actor\":\"client:alice\""), std::string::npos) << audit;
    EXPECT_NE(audit.find("\"peer\":\"127.0.0.1:"), std::string::npos) << audit;
}

TEST_F(RemoteApi, AViewerSeesAndChangesNothing) {
    const auto viewer = client_with(access::Role::viewer, "bob");
    EXPECT_TRUE(list(viewer).ok());
    const auto refused = remove(viewer);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(refused.error_message(), "'bob' is a viewer here: Node.RemoveContainer takes an administrator");
    EXPECT_NE(audit_text("refused").find("Node.RemoveContainer"), std::string::npos);
}

TEST_F(RemoteApi, AViewerMayNotOpenAStreamIntoAProcess) {
    const auto viewer = client_with(access::Role::viewer, "bob");
    grpc::ClientContext context;
    const auto stub = v1::Node::NewStub(channel(viewer));
    const auto stream = stub->Exec(&context);
    v1::ExecResponse response;
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(RemoteApi, TheRecoveryKeyIsForAnAdministratorAloneAndGoneOnceHeHasIt) {
    const auto file = folder_ / "recovery-key";
    ASSERT_TRUE(write_file(file, "cbdefghi-jklnrtuv\n", 0600));
    access_->keep_recovery_key({file, folder_ / "fetched"});
    const auto fetch = [this](const Identity& client, v1::RecoveryKey& key) {
        grpc::ClientContext context;
        return v1::Access::NewStub(channel(client))->FetchRecoveryKey(&context, {}, &key);
    };
    const auto confirm = [this](const Identity& client, const std::string& sha256) {
        grpc::ClientContext context;
        v1::ConfirmRecoveryKeyRequest request;
        request.set_sha256(sha256);
        v1::ConfirmRecoveryKeyResponse response;
        return v1::Access::NewStub(channel(client))->ConfirmRecoveryKey(&context, request, &response);
    };
    const auto viewer = client_with(access::Role::viewer, "bob");
    const auto admin = client_with(access::Role::admin, "alice");
    const auto digest = crypto::digest_of("cbdefghi-jklnrtuv")->str();
    v1::RecoveryKey key;
    EXPECT_EQ(fetch(viewer, key).error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(confirm(viewer, digest).error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(key.key(), "");
    ASSERT_TRUE(fetch(admin, key).ok());
    EXPECT_EQ(key.key(), "cbdefghi-jklnrtuv");
    EXPECT_EQ(confirm(admin, "sha256:00").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_TRUE(confirm(admin, digest).ok());
    EXPECT_EQ(fetch(admin, key).error_code(), grpc::StatusCode::NOT_FOUND);
    const auto audit = audit_text("\"NOT_FOUND\"");
    EXPECT_NE(audit.find("Access.FetchRecoveryKey"), std::string::npos) << audit;
    EXPECT_EQ(audit.find("cbdefghi"), std::string::npos) << audit;
}

TEST_F(RemoteApi, AStrangerIsRefusedAndNoted) {
    const auto stranger = test::make_identity("alice"); // the name says nothing
    client_with(access::Role::admin, "alice");
    EXPECT_EQ(list(stranger).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    const auto audit = audit_text("stranger");
    EXPECT_NE(audit.find(stranger.fingerprint.str()), std::string::npos) << audit;
}

TEST_F(RemoteApi, WithoutACertificateNothingIsAnswered) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = access_->identity().value()->certificate;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("redoubt-node");
    const auto bare = grpc::CreateCustomChannel(address_, grpc::SslCredentials(options), arguments);
    grpc::ClientContext context;
    v1::ListContainersResponse response;
    EXPECT_EQ(v1::Node::NewStub(bare)->ListContainers(&context, {}, &response).error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    grpc::ClientContext second;
    v1::PairResponse paired;
    EXPECT_EQ(v1::Access::NewStub(bare)->Pair(&second, {}, &paired).error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(RemoteApi, ARemovedClientsNextCallIsRefused) {
    client_with(access::Role::admin, "alice");
    const auto bob = client_with(access::Role::viewer, "bob");
    const auto stub = v1::Node::NewStub(channel(bob));
    v1::ListContainersResponse response;
    grpc::ClientContext before;
    EXPECT_TRUE(stub->ListContainers(&before, {}, &response).ok());
    ASSERT_TRUE(access_->remove_client({}, "bob", false));
    grpc::ClientContext after;
    EXPECT_EQ(stub->ListContainers(&after, {}, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(RemoteApi, PairingMakesAnAdministratorOnce) {
    const auto window = access_->open_if_unmanaged().value();
    ASSERT_TRUE(window);
    const auto client = test::make_identity("first");
    std::string confirmation;
    const auto status = pair(client, window->code, &confirmation);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(confirmation.size(), pairing::k_proof_size);
    EXPECT_TRUE(list(client).ok());
    EXPECT_EQ(pair(test::make_identity("second"), window->code).error_code(),
              grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(access_->open_pairing({}).error().code, Code::failed_precondition)
        << "there is an administrator";
}

TEST_F(RemoteApi, FiveWrongCodesCloseThePairing) {
    const auto window = access_->open_if_unmanaged().value();
    const std::string wrong = window->code == "0000-0000-0000" ? "1111-1111-1111" : "0000-0000-0000";
    const auto client = test::make_identity("first");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(pair(client, wrong).error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(pair(client, window->code).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(list(client).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    std::size_t tries = 0;
    for (const auto& line : access_->audit(0, 100)->lines) tries += line.contains("Access.Pair") ? 1U : 0U;
    EXPECT_GE(tries, 5U);
}

TEST_F(RemoteApi, TheCodeIsShownOnTheNodesOwnSocketAlone) {
    const auto admin = client_with(access::Role::admin, "alice");
    grpc::ClientContext context;
    v1::Pairing response;
    EXPECT_EQ(v1::Access::NewStub(channel(admin))->GetPairing(&context, {}, &response).error_code(),
              grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(RemoteApi, TheLastAdministratorStays) {
    const auto admin = client_with(access::Role::admin, "alice");
    grpc::ClientContext context;
    v1::RemoveClientRequest request;
    request.set_client("alice");
    v1::RemoveClientResponse response;
    EXPECT_EQ(v1::Access::NewStub(channel(admin))->RemoveClient(&context, request, &response).error_code(),
              grpc::StatusCode::FAILED_PRECONDITION);
}

} // namespace
} // namespace redoubt::node::api
