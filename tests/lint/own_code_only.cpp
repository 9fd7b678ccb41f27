// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// A clang-tidy module of one check that reports nothing: "redoubt-own-code-only" takes the system's headers
/// out of what the other checks walk through. Most of a run went into matching the headers of Boost, gRPC and
/// the standard library, whose findings are never shown; without them a run costs little more than the
/// parsing, a third of what it did. Source: clang 19, RecursiveASTVisitor::TraverseTranslationUnitDecl reads
/// the traversal scope after the unit itself was matched, so a check on the unit is the moment to narrow it.

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/AST/ASTContext.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"

namespace redoubt::lint {
namespace {

class OwnCodeOnly : public clang::tidy::ClangTidyCheck {
  public:
    using ClangTidyCheck::ClangTidyCheck;

    void registerMatchers(clang::ast_matchers::MatchFinder* finder) override {
        finder->addMatcher(clang::ast_matchers::translationUnitDecl().bind("unit"), this);
    }

    void check(const clang::ast_matchers::MatchFinder::MatchResult& result) override {
        std::vector<clang::Decl*> own;
        // What lies in a precompiled header is the system's; decls() would load all of it.
        for (clang::Decl* decl : result.Nodes.getNodeAs<clang::TranslationUnitDecl>("unit")->noload_decls())
            if (decl->getLocation().isValid() && !result.SourceManager->isInSystemHeader(decl->getLocation()))
                own.push_back(decl);
        result.Context->setTraversalScope(own);
    }
};

class Module : public clang::tidy::ClangTidyModule {
  public:
    void addCheckFactories(clang::tidy::ClangTidyCheckFactories& factories) override {
        factories.registerCheck<OwnCodeOnly>("redoubt-own-code-only");
    }
};

} // namespace
} // namespace redoubt::lint

// Loading the shared object is what registers the module.
static const clang::tidy::ClangTidyModuleRegistry::Add<redoubt::lint::Module>
    k_registered("redoubt", "Narrows the other checks.");
